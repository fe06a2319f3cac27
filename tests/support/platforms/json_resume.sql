-- A platform of one's own that keeps each résumé as one document in the shape of JSON Resume: as jsonb, which PostgreSQL
-- writes anew in an order of its own, and as json, which keeps its text. A trigger dates each change.

CREATE TABLE person (
  id uuid PRIMARY KEY,
  "Full Name" text NOT NULL,
  email text,
  agency integer NOT NULL,
  consent boolean NOT NULL,
  resume jsonb,
  updated_at timestamptz NOT NULL
);

CREATE TABLE legacy_person (
  agency text COLLATE "C",
  number bigint,
  name text NOT NULL,
  resume json,
  PRIMARY KEY (agency, number)
);

CREATE FUNCTION dates_the_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := '2026-11-25 12:00:00+00';
  RETURN NEW;
END $$;
CREATE TRIGGER person_changed BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION dates_the_change();
