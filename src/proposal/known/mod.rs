//! Platforms whose tables are known: they are recognised by tables and columns, and mapped as their projects meant them.

mod frappe;
mod odoo;
mod opencats;
mod orangehrm;

use std::fmt;

use super::{
    Agency, Proposal, Unfit, Wanted,
    draft::{Draft, Section},
    entry::{Entry, Value},
    schema::{Schema, Table},
};

/// A recruiting platform, and whose résumés in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// OpenCATS, candidates.
    OpenCats,
    /// OrangeHRM, candidates.
    OrangeHrm,
    /// OrangeHRM, the staff.
    OrangeHrmStaff,
    /// Odoo, applicants.
    Odoo,
    /// Odoo, the staff.
    OdooStaff,
    /// frappe/hrms, applicants.
    Frappe,
    /// None that is known.
    Other,
}

impl Platform {
    /// All of them, the likelier first where one database holds several.
    pub const ALL: [Self; 7] = [
        Self::OpenCats,
        Self::OrangeHrm,
        Self::OrangeHrmStaff,
        Self::Odoo,
        Self::OdooStaff,
        Self::Frappe,
        Self::Other,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenCats => "opencats",
            Self::OrangeHrm => "orangehrm",
            Self::OrangeHrmStaff => "orangehrm-staff",
            Self::Odoo => "odoo",
            Self::OdooStaff => "odoo-staff",
            Self::Frappe => "frappe",
            Self::Other => "other",
        }
    }

    /// What it is, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::OpenCats => "OpenCATS, candidates",
            Self::OrangeHrm => "OrangeHRM, candidates",
            Self::OrangeHrmStaff => "OrangeHRM, the staff",
            Self::Odoo => "Odoo, applicants",
            Self::OdooStaff => "Odoo, the staff",
            Self::Frappe => "Frappe HR, applicants",
            Self::Other => "a platform that redraft does not know",
        }
    }

    /// The tables and columns by which it is recognised.
    const fn marks(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::OpenCats => &[
                ("candidate", &["candidate_id", "site_id", "key_skills", "is_admin_hidden"]),
                ("attachment", &["data_item_type", "data_item_id", "text", "resume"]),
                ("joborder", &["joborder_id", "site_id"]),
            ],
            Self::OrangeHrm => &[
                ("ohrm_job_candidate", &["id", "first_name", "last_name", "cv_text_version"]),
                ("ohrm_job_vacancy", &["id", "name"]),
            ],
            Self::OrangeHrmStaff => &[
                ("hs_hr_employee", &["emp_number", "emp_firstname", "emp_lastname"]),
                ("hs_hr_emp_work_experience", &["emp_number", "eexp_seqno", "eexp_comments"]),
            ],
            Self::Odoo => &[
                ("hr_applicant", &["id", "job_id", "write_date"]),
                ("ir_attachment", &["res_model", "res_id", "index_content"]),
                ("hr_job", &["id", "name"]),
            ],
            Self::OdooStaff => &[
                ("hr_employee", &["id", "name", "write_date"]),
                ("hr_resume_line", &["employee_id", "name", "description"]),
            ],
            Self::Frappe => &[
                ("tabJob Applicant", &["name", "applicant_name", "cover_letter"]),
                ("tabJob Opening", &["name", "job_title", "description"]),
            ],
            Self::Other => &[],
        }
    }

    /// The platforms whose tables these are, the likeliest first.
    pub fn recognise(schema: &Schema) -> Vec<Self> {
        let is = |platform: &Self| {
            let marks = platform.marks();
            let fits = |(table, columns): &(&str, &[&str])| {
                schema.table(table).is_some_and(|table| table.has(columns))
            };
            !marks.is_empty() && marks.iter().all(fits)
        };
        Self::ALL.into_iter().filter(is).collect()
    }

    /// The tables by which it is recognised.
    pub fn tables(self) -> impl Iterator<Item = &'static str> {
        self.marks().iter().map(|(table, _)| *table)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Proposes the mapping of a known platform; `None` for one that is not.
pub(super) fn propose(
    platform: Platform,
    schema: &Schema,
    wanted: &Wanted,
) -> Option<Result<Proposal, Unfit>> {
    let draft: fn(&Schema, &Wanted) -> Result<Draft, Unfit> = match platform {
        Platform::OpenCats => opencats::draft,
        Platform::OrangeHrm => orangehrm::candidates,
        Platform::OrangeHrmStaff => orangehrm::staff,
        Platform::Odoo => odoo::applicants,
        Platform::OdooStaff => odoo::staff,
        Platform::Frappe => frappe::draft,
        Platform::Other => return None,
    };
    Some(complete(platform, schema, wanted, draft))
}

fn complete(
    platform: Platform,
    schema: &Schema,
    wanted: &Wanted,
    draft: fn(&Schema, &Wanted) -> Result<Draft, Unfit>,
) -> Result<Proposal, Unfit> {
    if let Some((table, _)) = platform.marks().iter().find(|(table, _)| schema.table(table).is_none()) {
        return Err(Unfit::NoTable((*table).to_owned()));
    }
    let mut draft = draft(schema, wanted)?;
    let offered = draft.sections.clone();
    if let Some(ids) = &wanted.sections {
        draft.sections = super::generic::chosen(&offered, ids)?;
    }
    let tenants = match draft.candidate.text("table").and_then(|table| schema.table(table)) {
        Some(table) => agencies(table, platform_tenant(platform)),
        None => Vec::new(),
    };
    Ok(Proposal { draft, tables: Vec::new(), offered, postings: Vec::new(), tenants })
}

const fn platform_tenant(platform: Platform) -> &'static str {
    match platform {
        Platform::OpenCats => "site_id",
        Platform::Odoo | Platform::OdooStaff => "company_id",
        Platform::OrangeHrm | Platform::OrangeHrmStaff | Platform::Frappe | Platform::Other => "",
    }
}

fn agencies(table: &Table, column: &str) -> Vec<String> {
    let measure = table.column(column).and_then(|column| column.measure.as_ref());
    measure.map(|measure| measure.values.clone()).unwrap_or_default()
}

/// The value of the tenant's column: as wanted, or the only one there is. `None`: all agencies are wanted.
///
/// # Errors
/// There are several, and nobody said which.
fn tenant(table: &Table, column: &str, wanted: &Wanted) -> Result<Option<Value>, Unfit> {
    let of = |value: &str| {
        Some(Value::table(vec![("column", Value::from(column)), ("value", Value::typed(value))]))
    };
    match &wanted.agency {
        Agency::All => Ok(None),
        Agency::One(value) => Ok(of(value)),
        Agency::Guess => match agencies(table, column).as_slice() {
            [] => Ok(of("1")),
            [only] => Ok(of(only)),
            several => Err(Unfit::Agencies(column.to_owned(), several.to_vec())),
        },
    }
}

/// Those of `names` that the table has.
fn existing(table: &Table, names: &[&str]) -> Value {
    let names: Vec<&str> = names.iter().copied().filter(|name| table.column(name).is_some()).collect();
    Value::from(names.as_slice())
}

/// A table that is there, because the platform was recognised by it.
fn there<'s>(schema: &'s Schema, name: &str) -> Result<&'s Table, Unfit> {
    schema.table(name).ok_or_else(|| Unfit::NoTable(name.to_owned()))
}

fn section(id: &str, kind: &str, why: &str) -> Section {
    let entry = Entry::default().because(why).with("id", id).with("kind", kind);
    Section { id: id.to_owned(), table: None, columns: Vec::new(), entry, target: None }
}
