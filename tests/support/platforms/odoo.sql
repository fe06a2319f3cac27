-- Tables as Odoo 19's models make them: recruitment and the résumé lines of employees, as far as redraft is concerned.

CREATE TABLE res_company (id serial PRIMARY KEY, name varchar NOT NULL);
CREATE TABLE hr_recruitment_stage (id serial PRIMARY KEY, name jsonb NOT NULL);

CREATE TABLE hr_job (
  id serial PRIMARY KEY,
  company_id integer REFERENCES res_company (id),
  name jsonb NOT NULL,
  description jsonb,
  requirements text,
  active boolean DEFAULT true,
  expected_employees integer,
  create_date timestamp,
  write_date timestamp,
  write_uid integer
);

CREATE TABLE hr_applicant (
  id serial PRIMARY KEY,
  company_id integer REFERENCES res_company (id),
  job_id integer REFERENCES hr_job (id),
  stage_id integer REFERENCES hr_recruitment_stage (id),
  partner_name varchar,
  email_from varchar,
  partner_phone varchar,
  linkedin_profile varchar,
  applicant_notes text,
  applicant_properties jsonb,
  salary_expected double precision,
  salary_expected_extra varchar,
  salary_proposed double precision,
  salary_proposed_extra varchar,
  active boolean DEFAULT true,
  create_date timestamp,
  write_date timestamp,
  write_uid integer
);

CREATE TABLE ir_attachment (
  id serial PRIMARY KEY,
  name varchar NOT NULL,
  res_model varchar,
  res_id integer,
  res_field varchar,
  company_id integer,
  type varchar NOT NULL,
  store_fname varchar,
  mimetype varchar,
  checksum varchar(40),
  file_size integer,
  index_content text,
  create_date timestamp,
  write_date timestamp
);
CREATE INDEX ir_attachment_res_idx ON ir_attachment (res_model, res_id);

CREATE TABLE hr_employee (
  id serial PRIMARY KEY,
  company_id integer NOT NULL REFERENCES res_company (id),
  name varchar NOT NULL,
  work_email varchar,
  work_phone varchar,
  mobile_phone varchar,
  private_email varchar,
  birthday date,
  gender varchar,
  marital varchar,
  ssnid varchar,
  active boolean DEFAULT true,
  write_date timestamp,
  write_uid integer
);

CREATE TABLE hr_resume_line (
  id serial PRIMARY KEY,
  employee_id integer NOT NULL REFERENCES hr_employee (id) ON DELETE CASCADE,
  name jsonb NOT NULL,
  description jsonb,
  date_start date NOT NULL,
  date_end date,
  write_date timestamp,
  write_uid integer
);
