//! Stems of the words by which platforms name things: English, German, French, Spanish, Portuguese, Italian, Dutch,
//! Swedish. They are in lower case and without accents, as [`super::names`] prepares names.

/// What a name can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Tables of people whose résumés are kept.
    Candidate,
    /// Tables of anything else that has names and mails.
    OtherPeople,
    /// Tables that are leftovers, logs or settings.
    Aside,
    /// Tables of job descriptions.
    Posting,
    /// Tables that bring candidates and postings together.
    Application,
    /// A whole résumé.
    Resume,
    /// Its summary.
    Summary,
    /// Its jobs.
    Experience,
    /// Its skills.
    Skills,
    /// Its schools.
    Education,
    /// A letter beside it.
    Letter,
    /// Texts of no particular name.
    Body,
    /// A given name.
    FirstName,
    /// A middle name.
    MiddleName,
    /// A family name.
    LastName,
    /// A whole name.
    Name,
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
    /// Parts of an address.
    Address,
    /// A page of their own.
    Url,
    /// What must not decide about a job.
    Protected,
    /// What somebody earns.
    Pay,
    /// What others wrote about the person.
    Notes,
    /// Passwords and tokens.
    Secret,
    /// Whether somebody agreed.
    Consent,
    /// Whether a row counts.
    Active,
    /// Whether a row was thrown away.
    Deleted,
    /// When a row last changed.
    Updated,
    /// Whose row it is in a database of several agencies.
    Tenant,
    /// The title of a job.
    JobTitle,
    /// Whom somebody worked for.
    Employer,
    /// Texts about something.
    Description,
    /// When something began.
    From,
    /// When something ended.
    To,
    /// Where a thing stands.
    Stage,
    /// Where somebody lives, and what they do: fit to be shown in lists.
    Shown,
}

/// The stems of a meaning. Up to four letters are whole words; from seven on they count inside a word too.
#[rustfmt::skip]
#[allow(clippy::too_many_lines, reason = "a table has as many lines as it has words")]
pub(super) const fn stems(meaning: Meaning) -> &'static [&'static str] {
    match meaning {
        Meaning::Candidate => &[
            "candidat", "kandidat", "bewerber", "applicant", "person", "persona", "people", "postulant",
            "aspirant", "sollicitant", "talent", "jobseeker", "resume", "curricul", "cv", "mitarbeiter",
            "employee", "consultant", "freelancer", "sokande",
        ],
        Meaning::OtherPeople => &[
            "user", "account", "benutzer", "utilisateur", "usuario", "utente", "gebruiker", "client", "kunde",
            "customer", "contact", "kontakt", "company", "companies", "firma", "vendor", "supplier",
            "recruiter", "login", "admin", "partner",
        ],
        Meaning::Aside => &[
            "log", "logs", "history", "historie", "audit", "setting", "config", "old", "bak", "backup", "tmp",
            "temp", "copy", "kopie", "archiv", "template", "vorlage", "migration", "session", "queue", "event",
            "type", "status", "categor", "lookup", "test", "import", "export", "mail", "email", "message",
        ],
        Meaning::Posting => &[
            "joborder", "jobopening", "jobposting", "vacanc", "vacant", "vacatur", "vaga", "posting",
            "requisition", "opening", "position", "stelle", "stellen", "offre", "oferta", "offerta", "annunc",
            "job", "jobad", "poste", "emploi", "lediga", "recruitment",
        ],
        Meaning::Application => &[
            "application", "bewerbung", "candidature", "candidatura", "solicitud", "sollicitatie", "ansokan",
            "pipeline", "submission", "placement",
        ],
        Meaning::Resume => &[
            "resume", "cv", "curricul", "lebenslauf", "levensloop", "vitae", "werdegang", "meritforteckning",
        ],
        Meaning::Summary => &[
            "summar", "profile", "profil", "aboutme", "objective", "headline", "bio", "resumen", "resumo",
            "sommario", "riassunto", "samenvatting", "zusammenfassung", "kurzprofil", "ubermich", "uebermich",
            "presentation", "perfil", "profilo", "sammanfattning", "introduct", "statement",
        ],
        Meaning::Experience => &[
            "experience", "experienc", "esperienz", "berufserfahrung", "erfahrung", "ervaring", "erfarenhet",
            "workhistor", "jobhistor", "employment", "career", "laufbahn", "parcours", "emplois", "anteriores",
            "werkervaring", "workexp", "berufspraxis", "achievement",
        ],
        Meaning::Skills => &[
            "skill", "kenntniss", "fahigkeit", "faehigkeit", "kompetenz", "competenc", "competenz", "habilidad",
            "habilidade", "vaardighe", "fardighet", "aptitud", "qualifikation", "qualification", "keyword",
            "technolog", "expertise", "stichwort",
        ],
        Meaning::Education => &[
            "education", "educacion", "educacao", "ausbildung", "bildung", "formation", "formacion", "formacao",
            "formazione", "istruzione", "opleiding", "utbildning", "studium", "academic", "degree", "schule",
            "certificat", "zertifikat",
        ],
        Meaning::Letter => &[
            "coverletter", "motivation", "anschreiben", "lettre", "carta", "lettera", "motivatie", "brev",
        ],
        Meaning::Body => &[
            "text", "texte", "texto", "testo", "tekst", "body", "content", "inhalt", "contenu", "contenido",
            "html", "markdown", "fulltext", "freitext", "document", "dokument", "details", "blob", "data",
        ],
        Meaning::FirstName => &[
            "firstname", "givenname", "forename", "vorname", "prenom", "nombre", "primeironome", "nome",
            "voornaam", "fornamn", "fname",
        ],
        Meaning::MiddleName => &["middlename", "zweitname", "deuxiemeprenom", "segundonombre", "tussenvoegsel"],
        Meaning::LastName => &[
            "lastname", "surname", "familyname", "nachname", "familienname", "nomdefamille", "nom", "apellido",
            "sobrenome", "apelido", "cognome", "achternaam", "efternamn", "lname",
        ],
        Meaning::Name => &[
            "fullname", "displayname", "candidatename", "applicantname", "partnername", "name", "naam", "namn",
            "nomcomplet", "nombrecompleto", "nomecompleto", "personname", "employeename",
        ],
        Meaning::Email => &["email", "mail", "emailaddress", "courriel", "correo", "epost"],
        Meaning::Phone => &[
            "phone", "telefon", "telephone", "telefono", "mobile", "mobil", "cell", "tel", "handy", "movil",
            "fax", "gsm", "portable",
        ],
        Meaning::Address => &[
            "address", "adress", "direccion", "endereco", "indirizzo", "adres", "street", "strasse", "calle",
            "rua", "via", "straat", "gata", "zip", "zipcode", "postcode", "postal", "plz", "codepostal", "city",
            "stadt", "ville", "ciudad", "cidade", "citta", "stad", "ort", "wohnort",
        ],
        Meaning::Url => &[
            "website", "weburl", "linkedin", "homepage", "url", "webseite", "siteweb", "xing", "github",
        ],
        Meaning::Protected => &[
            "gender", "sex", "geschlecht", "sexe", "sexo", "sesso", "geslacht", "birth", "dateofbirth", "dob",
            "geburt", "naissance", "nacimiento", "nascimento", "nascita", "geboorte", "fodelse", "age", "alter",
            "edad", "idade", "race", "ethnic", "rasse", "religi", "konfession", "disabilit", "disabled",
            "behinder", "handicap", "discapacidad", "veteran", "marital", "familienstand", "etatcivil",
            "estadocivil", "nationali", "staatsangehor", "staatsangehoer", "nationalite", "nacionalidad",
            "citizenship", "nation", "pregnan", "union", "politic", "sexual", "orientation", "health",
            "medical", "gesundheit", "smoker", "military", "ssn", "sin", "socialsecurity", "passport",
            "reisepass", "nationalid", "taxid", "driverlicen", "dri", "photo", "picture", "avatar", "eeo",
            "kinder", "children",
        ],
        Meaning::Pay => &[
            "salary", "salaries", "pay", "wage", "compensation", "gehalt", "wunschgehalt", "lohn", "salaire",
            "sueldo", "salario", "stipendio", "salaris", "lon", "bonus", "rate", "dayrate", "sal",
            "remuneration", "tarif", "iban", "bank", "verdienst", "ctc",
        ],
        Meaning::Notes => &[
            "note", "comment", "remark", "notiz", "bemerkung", "kommentar", "remarque", "commentaire", "nota",
            "comentario", "commento", "opmerking", "anteckning", "internal", "memo", "feedback", "evaluation",
            "assessment", "rating", "bewertung", "interview",
        ],
        Meaning::Secret => &[
            "password", "passwd", "passwort", "token", "secret", "hash", "apikey", "salt", "pwd",
        ],
        Meaning::Consent => &[
            "consent", "einwilligung", "consentement", "consentimiento", "consentimento", "consenso",
            "toestemming", "samtycke", "gdpr", "dsgvo", "rgpd", "optin", "datenschutz",
        ],
        Meaning::Active => &[
            "active", "isactive", "aktiv", "actif", "activo", "ativo", "attivo", "actief", "enabled",
        ],
        Meaning::Deleted => &[
            "deleted", "isdeleted", "deletedat", "geloscht", "geloescht", "supprime", "eliminado", "removed",
            "hidden", "isadminhidden", "purgedat", "archived", "archivedat", "anonymi",
        ],
        Meaning::Updated => &[
            "updated", "updatedat", "modified", "lastmodified", "modifiedat", "datemodified", "writedate",
            "changedat", "lastchange", "geandert", "geaendert", "aktualisiert", "modifie", "actualizado",
            "gewijzigd", "andrad", "lastupdate",
        ],
        Meaning::Tenant => &[
            "siteid", "tenant", "companyid", "orgid", "organizationid", "organisationid", "workspaceid",
            "accountid", "mandant", "agencyid", "customerid", "clientid",
        ],
        Meaning::JobTitle => &[
            "jobtitle", "title", "titel", "titre", "titulo", "titolo", "position", "role", "rolle", "poste",
            "puesto", "cargo", "occupation", "beruf", "designation", "functie", "jobtit", "headline",
        ],
        Meaning::Employer => &[
            "employer", "company", "companyname", "firma", "arbeitgeber", "unternehmen", "employeur",
            "entreprise", "empresa", "azienda", "bedrijf", "werkgever", "organization", "organisation",
            "foretag", "arbetsgivare", "institution",
        ],
        Meaning::Description => &[
            "descri", "beschreib", "omschrijving", "beskrivning", "aufgaben", "tasks", "duties", "responsib",
            "requirement", "anforderung", "detail", "mission", "funciones", "jobdescr", "summary",
            "qualification",
        ],
        Meaning::From => &[
            "from", "fromdate", "start", "startdate", "datestart", "begin", "beginn", "von", "debut", "inicio",
            "inizio", "van", "since",
        ],
        Meaning::To => &[
            "to", "todate", "end", "enddate", "dateend", "until", "ende", "bis", "fin", "fine", "fim", "tot",
            "til",
        ],
        Meaning::Stage => &["stage", "status", "state", "phase", "etape", "estado", "stato", "fase"],
        Meaning::Shown => &[
            "city", "stadt", "ville", "ciudad", "cidade", "citta", "wohnort", "country", "land", "occupation",
            "beruf", "jobtitle", "headline", "department", "currentemployer", "seniority", "location",
        ],
    }
}
