//! Databases nobody has described, and what is proposed for them.

use super::*;

/// A column with the look of its rows: `Some((filled of 100, characters each))`.
fn column(name: &str, family: Family, look: Option<(usize, usize)>) -> Column {
    let measure = look.map(|(filled, chars)| {
        let word = "word ".repeat(chars.div_ceil(5));
        let text = word.split_at(chars.min(word.len())).0;
        Measure::of((0..100).map(|row| (row < filled).then_some(text)))
    });
    Column { name: name.to_owned(), family, generated: false, measure }
}

/// Columns in short: `name:n` is a number, `:b` a truth, `:t` a time, `:j` JSON, `:x` anything else; `:300` a text of
/// that length in each row; else text that nobody looked at.
fn table(name: &str, columns: &str) -> Table {
    let columns: Vec<Column> = columns
        .split_whitespace()
        .map(|word| {
            let (name, what) = word.split_once(':').unwrap_or((word, ""));
            match what {
                "n" => column(name, Family::Number, None),
                "b" => column(name, Family::Truth, None),
                "t" => column(name, Family::Time, None),
                "x" => column(name, Family::Other, None),
                "j" => column(name, Family::Json, None),
                "" => column(name, Family::Text, None),
                chars => column(name, Family::Text, Some((100, chars.parse().unwrap()))),
            }
        })
        .collect();
    let key = vec![columns[0].name.clone()];
    let name = name.to_owned();
    Table { name, view: false, rows: Some(100), key, columns, foreign: Vec::new(), storage: None }
}

fn schema(tables: Vec<Table>) -> Schema {
    Schema { engine: Engine::Sqlite, tables }
}

fn demo() -> Schema {
    schema(vec![
        table(
            "candidates",
            "id:n first_name:6 last_name:7 email:18 phone:12 city:9 country occupation:20 years:n summary:300 \
             experience:1200 skills:150 education:200 consent:n updated_at:20",
        ),
        table("postings", "id:n title:20 company:15 location:10 description:900 status:5 updated_at:20"),
        table("applications", "candidate_id:n posting_id:n stage:8"),
        table("users", "id:n name:10 email:20 password_hash:60"),
    ])
}

fn proposed(schema: &Schema) -> Proposal {
    propose(schema, &Wanted::default()).unwrap()
}

#[test]
fn a_plain_platform_is_mapped_whole() {
    insta::assert_snapshot!(proposed(&demo()).draft.toml());
}

/// The table of the candidates, the ids of the sections, the table of the postings.
fn shape(proposal: &Proposal) -> (String, String, Option<String>) {
    let draft = &proposal.draft;
    let ids: Vec<&str> = draft.sections.iter().map(|section| section.id.as_str()).collect();
    let posting = draft.posting.as_ref().and_then(|posting| posting.text("table")).map(str::to_owned);
    (draft.candidate.text("table").unwrap().to_owned(), ids.join(" "), posting)
}

#[test]
fn platforms_of_several_languages_are_understood() {
    for (tables, expected) in [
        (
            vec![
                table(
                    "bewerber",
                    "bewerber_id:n vorname:6 nachname:8 email:20 geburtsdatum:t lebenslauftext:2500 kenntnisse:140 \
                     wunschgehalt:6 bemerkung:300",
                ),
                table("stellen", "stellen_id:n titel:25 beschreibung:900"),
                table("bewerbungen", "id:n bewerber_id:n stellen_id:n status:8"),
                table("benutzer", "id:n name:10 email:20 beschreibung:200"),
            ],
            ("bewerber", "resume skills", Some("stellen")),
        ),
        (
            vec![
                table(
                    "candidats",
                    "id:n prenom:6 nom:8 courriel:20 resume_cv:1800 competences:150 remarques:200",
                ),
                table("offres_emploi", "id:n titre:25 description:900"),
            ],
            ("candidats", "resume skills", Some("offres_emploi")),
        ),
        (
            vec![
                table(
                    "Postulantes",
                    "Id:n Nombre:6 Apellido:8 Correo:20 ResumenProfesional:500 Experiencia:1500",
                ),
                table("Vacantes", "Id:n Titulo:20 Descripcion:700"),
            ],
            ("Postulantes", "summary experience", Some("Vacantes")),
        ),
        (
            vec![
                table("people", "uuid fullName:15 emailAddress:20 profile:700"),
                table("audit_log", "id:n person_id:n text:900"),
                table("people_old", "uuid fullName:15 emailAddress:20 profile:700 cv:2000"),
            ],
            ("people", "summary", None),
        ),
    ] {
        let (people, ids, postings) = expected;
        let proposal = proposed(&schema(tables));
        assert_eq!(shape(&proposal), (people.to_owned(), ids.to_owned(), postings.map(str::to_owned)));
    }
}

#[test]
fn what_must_not_be_read_is_named_and_in_no_section() {
    let people = table(
        "candidates",
        "id:n name:12 email:20 cv:1500 gender:1 date_of_birth:t nationality:8 desired_salary:6 interview_notes:900 \
         recruiter_comment:400 password_hash:60 strasse:20 language:9",
    );
    let proposal = proposed(&schema(vec![people]));
    assert_eq!(shape(&proposal).1, "resume");
    let never = proposal.draft.candidate.get("never_read").unwrap().list();
    let expected = [
        "gender",
        "date_of_birth",
        "nationality",
        "desired_salary",
        "interview_notes",
        "recruiter_comment",
        "password_hash",
    ];
    assert_eq!(never, expected);
}

#[test]
fn rows_that_count_are_those_of_people_who_agreed_and_are_there() {
    for (engine, columns, condition) in [
        (Engine::Sqlite, "consent:n", Some("consent = 1")),
        (Engine::Postgres, "gdpr_consent:b is_active:b", Some("gdpr_consent AND is_active")),
        (Engine::Postgres, "deleted:b deletedAt:t", Some("NOT deleted AND \"deletedAt\" IS NULL")),
        (
            Engine::MySql,
            "consent_to_keep_data:n is_deleted:n",
            Some("consent_to_keep_data = 1 AND is_deleted = 0"),
        ),
        (Engine::MySql, "consented_at:t", None),
    ] {
        let people = table("candidates", &format!("id:n name:12 email:20 cv:1500 {columns}"));
        let proposal = proposed(&Schema { engine, tables: vec![people] });
        assert_eq!(proposal.draft.candidate.text("where"), condition, "{columns}");
    }
}

#[test]
fn jobs_in_rows_of_their_own_are_one_section_with_fixed_facts() {
    let tables = vec![
        table("candidate", "id:n firstName:6 lastName:8 email:20"),
        table(
            "candidate_experience",
            "id:n candidateId:n companyName:15 occupation:20 fromDate:t toDate:t description:400",
        ),
        table("candidate_document", "id:n candidate_id:n name:10 content:2200 file_path:40"),
        table("candidate_skill", "id:n candidate_id:n name:9"),
    ];
    let toml = proposed(&schema(tables)).draft.toml();
    toml::from_str::<toml::Table>(&toml).unwrap();
    insta::assert_snapshot!(toml);
}

#[test]
fn a_document_in_json_is_one_section_of_paths() {
    let one =
        r#"{"basics": {"name": "x", "email": "a@b.c", "summary": "SUMMARY"}, "work": [{"name": "Clover Yard",
        "position": "Cook", "startDate": "2020-01", "summary": "SUMMARY", "highlights": ["SUMMARY"]}],
        "references": [{"reference": "SUMMARY"}], "salary": {"note": "SUMMARY"}}"#
            .replace("SUMMARY", &"cooked for many people ".repeat(6));
    let mut people = table("talents", "id:n full_name:12 email:20 profile_doc:j");
    let document = people.columns.iter_mut().find(|column| column.name == "profile_doc").unwrap();
    document.measure = Some(Measure::of((0..50).map(|_| Some(one.as_str()))));
    let toml = proposed(&Schema { engine: Engine::Postgres, tables: vec![people] }).draft.toml();
    let mapping: toml::Table = toml::from_str(&toml).unwrap();
    let section = &mapping["mapping"]["section"][0];
    assert_eq!(section["kind"].as_str(), Some("json"));
    let paths = |key: &str| -> Vec<&str> {
        section[key].as_array().unwrap().iter().filter_map(|path| path.as_str()).collect()
    };
    assert_eq!(paths("writable"), ["$.basics.summary", "$.work[*].highlights[*]", "$.work[*].summary"]);
    assert_eq!(paths("fixed"), ["$.work[*].name", "$.work[*].position", "$.work[*].startDate"]);
}

/// Names that say little: what hangs together says more.
#[test]
fn postings_are_known_by_their_links_or_taken_as_they_are_named() {
    let orders = table("Order", "no:n job_title:12 select:140 code:4");
    let mut applied = table("applied", "id:n who:n no:n");
    applied.foreign = vec![foreign("candidates", &[("who", "id")]), foreign("Order", &[("no", "no")])];
    let tags = table("tags", "id:n name:9");
    let mut tagged = table("tagged", "id:n who:n tag:n");
    tagged.foreign = vec![foreign("candidates", &[("who", "id")]), foreign("tags", &[("tag", "id")])];
    let people = table("candidates", "id:n first_name:6 last_name:7 email:18 summary:300 experience:1200");
    let linked = schema(vec![people.clone(), orders.clone(), applied, tags.clone(), tagged]);
    let draft = proposed(&linked).draft;
    let posting = draft.posting.unwrap();
    assert_eq!(posting.text("table"), Some("Order"));
    assert!(posting.why.join(" ").contains("candidates are linked to it"), "{:?}", posting.why);
    let toml = proposed(&linked).draft.toml();
    assert!(toml.contains("text = [{ column = \"select\" }]"), "{toml}");
    // Without the links it must be named, and is then taken.
    let apart = schema(vec![people, orders, tags]);
    assert_eq!(proposed(&apart).draft.posting, None);
    let named = Wanted { postings: Postings::Table("Order".to_owned()), ..Wanted::default() };
    let posting = propose(&apart, &named).unwrap().draft.posting.unwrap();
    assert_eq!(posting.why, ["Order: it was named."]);
}

fn foreign(table: &str, columns: &[(&str, &str)]) -> ForeignKey {
    let columns = columns.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    ForeignKey { table: table.to_owned(), columns }
}

#[test]
fn what_is_missing_is_told_and_can_be_named() {
    let other = schema(vec![
        table("orders", "id:n total:n note:20"),
        table("things", "id:n label:8 body:600 owner:9"),
    ]);
    assert_eq!(propose(&other, &Wanted::default()), Err(Unfit::NoCandidates));
    let named = Wanted { candidates: Some("things".to_owned()), ..Wanted::default() };
    assert_eq!(shape(&propose(&other, &named).unwrap()), ("things".to_owned(), "body".to_owned(), None));
    let nowhere = Wanted { candidates: Some("thing".to_owned()), ..Wanted::default() };
    assert_eq!(propose(&other, &nowhere), Err(Unfit::NoTable("thing".to_owned())));
    let sections = Wanted { sections: Some(vec!["cv".to_owned()]), ..Wanted::default() };
    assert_eq!(
        propose(&demo(), &sections),
        Err(Unfit::NoSection(
            "cv".to_owned(),
            ["summary", "experience", "skills", "education"].map(str::to_owned).to_vec()
        ))
    );
    let sections =
        Wanted { sections: Some(vec!["skills".to_owned()]), postings: Postings::None, ..Wanted::default() };
    assert_eq!(
        shape(&propose(&demo(), &sections).unwrap()),
        ("candidates".to_owned(), "skills".to_owned(), None)
    );
    let mut keyless = demo();
    keyless.tables[0].key.clear();
    let named = Wanted { candidates: Some("candidates".to_owned()), ..Wanted::default() };
    assert_eq!(propose(&keyless, &named), Err(Unfit::NoKey("candidates".to_owned())));
}

#[test]
fn agencies_that_share_tables_are_kept_apart() {
    let mut shared = schema(vec![
        table("candidates", "id:n tenant_id:n name:12 email:20 cv:1500"),
        table("vacancies", "id:n tenant_id:n title:20 description:800"),
        table("candidate_jobs", "id:n candidate_id:n employer:12 start_date:t description:300"),
    ]);
    let values = |schema: &mut Schema, values: &[&str]| {
        let column = schema.tables[0].columns.iter_mut().find(|column| column.name == "tenant_id").unwrap();
        column.measure = Some(Measure {
            values: values.iter().map(|&value| value.to_owned()).collect(),
            ..Measure::default()
        });
    };
    values(&mut shared, &["7"]);
    let toml = proposed(&shared).draft.toml();
    assert!(toml.contains("tenant = { column = \"tenant_id\", value = 7 }"), "{toml}");
    assert!(toml.contains("table = \"candidate_jobs\"") && toml.contains("tenant = false"), "{toml}");
    values(&mut shared, &["7", "8"]);
    let several = Unfit::Agencies("tenant_id".to_owned(), vec!["7".to_owned(), "8".to_owned()]);
    assert_eq!(propose(&shared, &Wanted::default()), Err(several));
    let all = Wanted { agency: Agency::All, ..Wanted::default() };
    assert!(!propose(&shared, &all).unwrap().draft.toml().contains("tenant"));
    let one = Wanted { agency: Agency::One("8".to_owned()), ..Wanted::default() };
    assert!(propose(&shared, &one).unwrap().draft.toml().contains("value = 8"));
}

/// Names are data: whatever a database calls its tables, the file stays TOML and says the same.
#[test]
fn hostile_names_stay_names() {
    let hostile = "candi\"dates\n[model]\nname = \"evil\"";
    let people = table(hostile, "id:n name:12 email:20 cv:1500");
    let toml = proposed(&schema(vec![people])).draft.toml();
    let mapping: toml::Table = toml::from_str(&toml).unwrap();
    assert_eq!(mapping["mapping"]["candidate"]["table"].as_str(), Some(hostile));
    assert!(!mapping.contains_key("model"));
}

fn opencats() -> Schema {
    let mut tables = vec![
        table(
            "candidate",
            "candidate_id:n site_id:n last_name:8 first_name:6 middle_name:4 phone_home phone_cell phone_work address \
             city state zip source date_available:t can_relocate:n notes:200 key_skills:120 current_employer entered_by:n \
             owner:n date_created:t date_modified:t email1 email2 web_site is_hot:n eeo_ethnic_type_id:n \
             eeo_veteran_type_id:n eeo_disability_status eeo_gender desired_pay current_pay is_active:n is_admin_hidden:n",
        ),
        table(
            "attachment",
            "attachment_id:n data_item_id:n data_item_type:n site_id:n title original_filename stored_filename \
             content_type resume:n text:2600 date_created:t date_modified:t profile_image:n directory_name md5_sum \
             file_size_kb:n md5_sum_text",
        ),
        table(
            "joborder",
            "joborder_id:n site_id:n title description:700 notes salary rate_max status date_modified:t is_admin_hidden:n",
        ),
        table(
            "candidate_joborder",
            "candidate_joborder_id:n candidate_id:n joborder_id:n site_id:n status:n",
        ),
    ];
    for table in &mut tables {
        table.storage = Some("MyISAM".to_owned());
    }
    Schema { engine: Engine::MySql, tables }
}

fn odoo(version: u8) -> Schema {
    let applicant = match version {
        17 => {
            "id:n job_id:n company_id:n stage_id:n active:b partner_name email_from partner_phone description write_date:t write_uid:n salary_expected:n"
        }
        18 => {
            "id:n job_id:n company_id:n stage_id:n active:b candidate_id:n applicant_notes write_date:t write_uid:n salary_expected:n"
        }
        _ => {
            "id:n job_id:n company_id:n stage_id:n active:b partner_name email_from partner_phone linkedin_profile applicant_notes write_date:t write_uid:n salary_expected:n"
        }
    };
    let mut tables = vec![
        table("hr_applicant", applicant),
        table("ir_attachment", "id:n name res_model res_id:n mimetype index_content:2000"),
        table("hr_job", "id:n name:j description requirements active:b company_id:n write_date:t"),
        table(
            "hr_employee",
            "id:n name work_email work_phone mobile_phone active:b company_id:n write_date:t gender birthday:t",
        ),
        table(
            "hr_resume_line",
            "id:n employee_id:n name:j description:j date_start:t date_end:t write_date:t write_uid:n",
        ),
    ];
    if version == 18 {
        tables.push(table(
            "hr_candidate",
            "id:n partner_name email_from partner_phone linkedin_profile company_id:n",
        ));
    }
    Schema { engine: Engine::Postgres, tables }
}

fn orangehrm() -> Schema {
    let mut tables = vec![
        table(
            "ohrm_job_candidate",
            "id:n first_name middle_name last_name email contact_number status:n comment mode_of_application:n date_of_application:t cv_file_id:n cv_text_version:1500 keywords:60 added_person:n consent_to_keep_data:n",
        ),
        table(
            "ohrm_job_vacancy",
            "id:n job_title_code:n hiring_manager_id:n name description no_of_positions:n status:n published_in_feed:n defined_time:t updated_time:t",
        ),
        table("ohrm_job_title", "id:n job_title job_description note is_deleted:n"),
        table("ohrm_job_candidate_vacancy", "id:n candidate_id:n vacancy_id:n status applied_date:t"),
        table(
            "hs_hr_employee",
            "emp_number:n employee_id emp_lastname emp_firstname emp_middle_name emp_nick_name emp_smoker:n ethnic_race_code emp_birthday:t nation_code:n emp_gender:n emp_marital_status emp_ssn_num emp_sin_num emp_street1 city_code emp_zipcode emp_hm_telephone emp_mobile emp_work_telephone emp_work_email sal_grd_code emp_oth_email termination_id:n purged_at:t",
        ),
        table(
            "hs_hr_emp_work_experience",
            "emp_number:n eexp_seqno:n eexp_employer eexp_jobtit eexp_from_date:t eexp_to_date:t eexp_comments:150 eexp_internal:n",
        ),
    ];
    for table in &mut tables {
        table.storage = Some("InnoDB".to_owned());
    }
    Schema { engine: Engine::MySql, tables }
}

fn frappe() -> Schema {
    let tables = vec![
        table(
            "tabJob Applicant",
            "name creation:t modified:t modified_by owner docstatus:n applicant_name email_id phone_number country job_title designation status cover_letter:700 resume_attachment resume_link currency lower_range:n upper_range:n applicant_rating:n custom_resume_text:2400",
        ),
        table(
            "tabJob Opening",
            "name creation:t modified:t job_title designation status description:900 lower_range:n upper_range:n company",
        ),
    ];
    Schema { engine: Engine::MySql, tables }
}

#[test]
fn known_platforms_are_recognised_and_nothing_else_is() {
    for (schema, expected) in [
        (opencats(), vec![Platform::OpenCats]),
        (orangehrm(), vec![Platform::OrangeHrm, Platform::OrangeHrmStaff]),
        (odoo(17), vec![Platform::Odoo, Platform::OdooStaff]),
        (odoo(18), vec![Platform::Odoo, Platform::OdooStaff]),
        (odoo(19), vec![Platform::Odoo, Platform::OdooStaff]),
        (frappe(), vec![Platform::Frappe]),
        (demo(), vec![]),
    ] {
        assert_eq!(Platform::recognise(&schema), expected);
    }
    let mut without = opencats();
    without.tables.retain(|table| table.name != "attachment");
    assert_eq!(Platform::recognise(&without), vec![]);
}

#[test]
fn each_known_platform_has_its_mapping() {
    for (name, schema, platform) in [
        ("opencats", opencats(), Platform::OpenCats),
        ("orangehrm", orangehrm(), Platform::OrangeHrm),
        ("orangehrm_staff", orangehrm(), Platform::OrangeHrmStaff),
        ("odoo_17", odoo(17), Platform::Odoo),
        ("odoo_18", odoo(18), Platform::Odoo),
        ("odoo_19", odoo(19), Platform::Odoo),
        ("odoo_staff", odoo(19), Platform::OdooStaff),
        ("frappe", frappe(), Platform::Frappe),
    ] {
        let wanted = Wanted { platform: Some(platform), user: Some("2".to_owned()), ..Wanted::default() };
        let draft = propose(&schema, &wanted).unwrap().draft;
        assert_eq!(draft.platform, platform);
        let toml = draft.toml();
        toml::from_str::<toml::Table>(&toml).unwrap();
        insta::assert_snapshot!(name, toml);
    }
}
