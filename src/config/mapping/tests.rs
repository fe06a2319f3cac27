use super::{super::nearest, *};

/// The mappings of known platforms.
const EXAMPLES: [(&str, &str); 6] = [
    ("opencats", include_str!("../../../tests/mappings/opencats.toml")),
    ("orangehrm-candidates", include_str!("../../../tests/mappings/orangehrm-candidates.toml")),
    ("orangehrm-staff", include_str!("../../../tests/mappings/orangehrm-staff.toml")),
    ("odoo-applicants", include_str!("../../../tests/mappings/odoo-applicants.toml")),
    ("odoo-staff", include_str!("../../../tests/mappings/odoo-staff.toml")),
    ("json-resume", include_str!("../../../tests/mappings/json-resume.toml")),
];

fn mapping(text: &str) -> Mapping {
    let table: toml::Table = toml::from_str(text).unwrap();
    table["mapping"].clone().try_into().unwrap()
}

fn example(name: &str) -> String {
    EXAMPLES.iter().find(|(known, _)| *known == name).unwrap().1.to_owned()
}

#[test]
fn the_mappings_of_known_platforms_are_fine() {
    for (name, text) in EXAMPLES {
        assert_eq!(mapping(text).check(), Ok(()), "{name}");
    }
}

#[test]
fn a_mapping_that_is_written_down_again_is_the_same() {
    for (name, text) in EXAMPLES {
        let first = mapping(text);
        let again: Mapping = toml::from_str(&toml::to_string(&first).unwrap()).unwrap();
        assert_eq!(again, first, "{name}");
    }
}

/// What is changed in an example, and what is said then: key, part of the sentence, part of the hint.
type Misfit = (&'static str, (&'static str, &'static str), &'static str, &'static str, &'static str);

const MISFITS: [Misfit; 27] = [
    ("opencats", ("key = [\"candidate_id\"]", "key = []"), "mapping.candidate.key", "names no column", ""),
    (
        "opencats",
        ("id = \"resume\"", "id = \"Résumé\""),
        "mapping.section[0].id",
        "no name for a section",
        "lower-case",
    ),
    ("opencats", ("id = \"skills\"", "id = \"resume\""), "mapping.section[1].id", "Two sections", ""),
    (
        "opencats",
        ("join = { data_item_id = \"candidate_id\" }\n", ""),
        "mapping.section[0].join",
        "does not say how its table is joined",
        "their_column",
    ),
    ("opencats", ("key = [\"attachment_id\"]\n", ""), "mapping.section[0].key", "does not name the key", ""),
    (
        "opencats",
        ("table = \"attachment\"\n", ""),
        "mapping.section[0].key",
        "is in the candidate's row, for which key means nothing",
        "Name the table",
    ),
    ("opencats", ("column = \"text\"\n", ""), "mapping.section[0].column", "names no column", ""),
    (
        "opencats",
        ("column = \"key_skills\"", "column = \"Notes\""),
        "mapping.section[1].column",
        "reads column \"Notes\", which never_read forbids",
        "Take it out",
    ),
    (
        "opencats",
        ("show = [\"city\"]", "show = [\"current_pay\"]"),
        "mapping.candidate.show[0]",
        "never_read forbids",
        "",
    ),
    (
        "opencats",
        ("phone = [\"phone_home\"", "phone = [\"notes\""),
        "mapping.candidate.personal.phone[0]",
        "never_read forbids",
        "",
    ),
    (
        "opencats",
        ("column = \"key_skills\"", "column = \"email1\""),
        "mapping.section[1].column",
        "holds column \"email1\", which is personal and must not be sent",
        "Take it out",
    ),
    (
        "odoo-applicants",
        ("stage = \"stage_id\"", "where = \"x = 1\""),
        "mapping.link.where",
        "is a column, for which where means nothing",
        "take the key out",
    ),
    (
        "opencats",
        ("where = \"is_active = 1", "where = \"eeo_gender = 'f'"),
        "mapping.candidate.where",
        "names column \"eeo_gender\", which never_read forbids",
        "",
    ),
    (
        "opencats",
        ("set = { date_modified = \"now()\" }", "set = { web_site = \"notes\" }"),
        "mapping.section[1].set.web_site",
        "names column \"notes\"",
        "",
    ),
    (
        "opencats",
        ("title = { column = \"title\" }", "title = { column = \"salary\" }"),
        "mapping.posting.title.column",
        "never_read forbids",
        "",
    ),
    (
        "opencats",
        ("user = 1\n", ""),
        "mapping.audit.insert.entered_by",
        "has :user, but mapping.user is not set",
        "",
    ),
    (
        "opencats",
        ("value = 1", "value = [1, 2]"),
        "mapping.audit.insert.site_id",
        "has :tenant, but mapping.tenant is not one value",
        "",
    ),
    ("opencats", ("value = 1", "value = []"), "mapping.tenant.value", "nobody would be seen", ""),
    (
        "opencats",
        ("candidate = { candidate_id = \"candidate_id\" }\n", ""),
        "mapping.link.candidate",
        "not joined to the candidate",
        "",
    ),
    (
        "opencats",
        ("[mapping.link]\n", "[mapping.link]\ncolumn = \"x\"\n"),
        "mapping.link",
        "either a table or a column",
        "",
    ),
    (
        "orangehrm-candidates",
        ("separator = \",\"\n", ""),
        "mapping.section[1].separator",
        "of kind \"list\", but has no separator",
        "",
    ),
    (
        "orangehrm-candidates",
        ("column = \"cv_text_version\"", "column = \"cv_text_version\"\nseparator = \",\""),
        "mapping.section[0].separator",
        "for which separator means nothing",
        "",
    ),
    (
        "orangehrm-staff",
        ("writable = { body = { column = \"eexp_comments\", max_chars = 200 } }", "writable = [\"$.x\"]"),
        "mapping.section[0].writable",
        "names columns",
        "",
    ),
    (
        "orangehrm-staff",
        ("{ body =", "{ \"Body text\" ="),
        "mapping.section[0].writable.Body text",
        "no name for a part",
        "",
    ),
    (
        "odoo-applicants",
        ("locale = \"en_US\"\n", ""),
        "mapping.posting",
        "mapping.locale is not set",
        "en_US",
    ),
    (
        "odoo-applicants",
        ("column = \"index_content\"", "column = \"index_content\"\nwrite = false"),
        "mapping.section[0].target",
        "is not written, but has a target",
        "",
    ),
    (
        "odoo-applicants",
        ("column = \"index_content\"", "column = \"index_content\"\nset = { a = \"1\" }"),
        "mapping.section[0].set",
        "set belongs there",
        "target",
    ),
];

#[test]
fn what_a_mapping_must_not_say_is_told_with_key_and_remedy() {
    for (name, (from, to), key, message, hint) in MISFITS {
        let text = example(name);
        assert!(text.contains(from), "{name}: {from}");
        let text = text.replacen(from, to, 1);
        let table: toml::Table = toml::from_str(&text).unwrap();
        let mapping: Mapping = table["mapping"].clone().try_into().unwrap();
        let fault = mapping.check().unwrap_err();
        assert_eq!(fault.key, key, "{fault:?}");
        assert!(fault.message.contains(message), "{fault:?}");
        assert!(fault.hint.unwrap_or_default().contains(hint), "{}", fault.message);
    }
}

#[test]
fn sections_that_could_be_taken_for_parts_of_another_are_refused() {
    let more = "[[mapping.section]]\nid = \"experience-1\"\ncolumn = \"x\"\n";
    let fault = mapping(&format!("{}{more}", example("odoo-staff"))).check().unwrap_err();
    assert_eq!(fault.key, "mapping.section[1].id");
    assert!(fault.message.contains("parts of one another"), "{fault:?}");
}

#[test]
fn every_column_is_told_with_its_table_also_that_of_a_joined_one() {
    let text = example("odoo-staff").replace(
        "display = [\"name\"]",
        "display = [\"name\", \"person.nick\"]\njoin = [{ table = \"people\", as = \"person\", on = { id = \"person_id\" } }]",
    );
    let columns = mapping(&text).columns();
    let has = |table: &str, column: &str, key: &str| {
        let wanted = ColumnRef { table: table.to_owned(), column: column.to_owned(), key: key.to_owned() };
        assert!(columns.contains(&wanted), "{columns:?}");
    };
    has("people", "nick", "mapping.candidate.display[1]");
    has("people", "id", "mapping.candidate.join[0].on.id");
    has("hr_employee", "person_id", "mapping.candidate.join[0].on.id");
    has("hr_resume_line", "date_start", "mapping.section[0].order[0]");
    has("hr_resume_line", "description", "mapping.section[0].writable.body");
    has("hr_resume_line", "write_uid", "mapping.section[0].set.write_uid");
    assert_eq!(nearest("nik", columns.iter().map(|named| named.column.as_str())), Some("nick"));
}

#[test]
fn what_is_forbidden_in_another_table_is_refused_there() {
    let forbid = |name: &str| {
        example("odoo-staff").replace("where = \"active\"", &format!("never_read = [\"{name}\"]"))
    };
    assert_eq!(mapping(&forbid("description")).check(), Ok(()), "of the candidate's own table");
    let fault = mapping(&forbid("hr_resume_line.description")).check().unwrap_err();
    assert_eq!(fault.key, "mapping.section[0].writable.body");
}

/// The keys of a table of the configuration, as its own refusal of an unknown one tells them.
fn keys<T: serde::de::DeserializeOwned>() -> Vec<String> {
    let told = toml::from_str::<T>("no_such_key = 1").err().unwrap().message().to_owned();
    assert!(told.starts_with("unknown field"), "{told}");
    told.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_docs_explain_every_key() {
    const DOCS: &str = include_str!("../../../docs/mapping.md");
    let all = [
        keys::<Mapping>(),
        keys::<CandidateMapping>(),
        keys::<JoinMapping>(),
        keys::<PersonalMapping>(),
        keys::<SectionMapping>(),
        keys::<CellColumn>(),
        keys::<TargetMapping>(),
        keys::<PostingMapping>(),
        keys::<Column>(),
        keys::<LinkMapping>(),
        keys::<AuditMapping>(),
        keys::<Tenant>(),
    ];
    let parts: Vec<&str> = DOCS.split(|c: char| !c.is_ascii_lowercase() && c != '_').collect();
    for key in all.concat() {
        assert!(parts.contains(&key.as_str()), "{key}");
    }
}
