//! `redraft init`

mod address;
mod told;
mod wizard;

pub use address::has_password;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, CommandFactory, error::ErrorKind};

use self::{
    address::{Address, Tls},
    told::Finding,
};
use super::{
    Cli, Globals, fail,
    output::{Form, Output},
    prompt,
    stop::{Step, Stop},
};
use crate::{
    config::{Environment, LoadOptions},
    error::{Error, Kind},
    proposal::{Agency, Draft, Engine, Into, Platform, Postings, Schema, Value, Wanted, line, name, propose},
    wiring::init::{self, Overwrite},
};

/// Look at a database, propose the mapping, and write the configuration.
///
/// Nothing is changed in the database. On a terminal it asks; elsewhere options answer, and the likeliest mapping is
/// written. A password is never given as an option: it is asked for, or kept in a variable or a file.
#[derive(Debug, Args)]
pub struct Init {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    mapping: What,
    /// Take the likeliest answer to every question.
    #[arg(long, short = 'y')]
    yes: bool,
    /// Where to write the configuration; by default where redraft reads it.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a configuration that exists.
    #[arg(long)]
    force: bool,
    /// Print the configuration instead of writing it.
    #[arg(long, conflicts_with = "force")]
    dry_run: bool,
}

/// Where the database is.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Where the database is")]
struct Where {
    /// Its address without a password: `postgres://USER@HOST/DATABASE`, `mysql://USER@HOST/DATABASE` or `sqlite:FILE`.
    #[arg(long, value_name = "URL", group = "address")]
    database: Option<String>,
    /// The variable that holds its address, with the password or without.
    #[arg(long, value_name = "NAME", group = "address")]
    url_env: Option<String>,
    /// The file that holds its address, with the password or without.
    #[arg(long, value_name = "FILE", group = "address")]
    url_file: Option<PathBuf>,
    /// The variable that holds the password.
    #[arg(long, value_name = "NAME", conflicts_with = "password_file", requires = "address")]
    password_env: Option<String>,
    /// The file that holds the password.
    #[arg(long, value_name = "FILE", requires = "address")]
    password_file: Option<PathBuf>,
    /// How the connection is encrypted.
    #[arg(long, value_name = "MODE", conflicts_with_all = ["url_env", "url_file"])]
    tls: Option<Tls>,
    /// The certificate of the authority that vouches for the server.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url_env", "url_file"])]
    tls_ca: Option<PathBuf>,
}

/// What to map.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "What to map")]
struct What {
    /// Whose tables they are: opencats, orangehrm, orangehrm-staff, odoo, odoo-staff, frappe or other.
    #[arg(long, value_name = "NAME", value_parser = platform)]
    platform: Option<Platform>,
    /// The table of the candidates.
    #[arg(long, value_name = "TABLE", conflicts_with = "platform")]
    candidates: Option<String>,
    /// The sections to rewrite, of those that are proposed.
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    sections: Option<Vec<String>>,
    /// The table of the postings, or none.
    #[arg(long, value_name = "TABLE")]
    postings: Option<String>,
    /// Whose rows, where several agencies share the tables; or all.
    #[arg(long, value_name = "VALUE")]
    tenant: Option<String>,
    /// redraft's own user in the platform, for columns that tell who changed a row.
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// The locale of texts that the platform keeps in several.
    #[arg(long, value_name = "NAME")]
    locale: Option<String>,
    /// Where OpenCATS gets approved résumés: the text that it searches, or the candidate's notes.
    #[arg(long, value_name = "PLACE", value_enum)]
    into: Option<IntoArg>,
}

/// `--into`
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum IntoArg {
    /// The text that the platform searches.
    Search,
    /// The candidate's notes, between marks.
    Notes,
}

fn platform(name: &str) -> Result<Platform, String> {
    Platform::ALL.into_iter().find(|platform| platform.name() == name).ok_or_else(|| {
        let known: Vec<&str> = Platform::ALL.iter().map(|platform| platform.name()).collect();
        format!("known are {}", known.join(", "))
    })
}

impl What {
    fn wanted(&self) -> Wanted {
        Wanted {
            platform: self.platform,
            candidates: self.candidates.clone(),
            sections: self.sections.clone(),
            postings: match self.postings.as_deref() {
                None => Postings::Guess,
                Some("none") => Postings::None,
                Some(table) => Postings::Table(table.to_owned()),
            },
            agency: match self.tenant.as_deref() {
                None => Agency::Guess,
                Some("all") => Agency::All,
                Some(value) => Agency::One(value.to_owned()),
            },
            user: self.user.clone(),
            locale: self.locale.clone(),
            into: match self.into {
                Some(IntoArg::Notes) => Into::Notes,
                Some(IntoArg::Search) | None => Into::Text,
            },
        }
    }
}

impl Init {
    /// Runs the command and returns its status.
    pub async fn run(self, out: &Output, globals: &Globals, environment: &Environment) -> ExitCode {
        let asks = !self.yes && out.form() == Form::Human && prompt::can_ask();
        let place = &self.place;
        if !asks && place.database.is_none() && place.url_env.is_none() && place.url_file.is_none() {
            return missing(out);
        }
        fail::ended(out, self.steps(out, globals, environment, asks.then_some(())).await)
    }

    async fn steps(
        &self,
        out: &Output,
        globals: &Globals,
        environment: &Environment,
        asks: Option<()>,
    ) -> Step {
        let usual = LoadOptions { file: globals.config.clone(), environment: environment.clone() }.file()?;
        let file = self.output.clone().unwrap_or_else(|| usual.clone());
        let file = std::path::absolute(&file)
            .map_err(|error| Error::user("The path cannot be used.").because(error))?;
        let overwrite = if self.force { Overwrite::Yes } else { Overwrite::No };
        if !self.dry_run {
            init::free(&file, overwrite)?;
        }
        let (address, schema) = self.looked(out, environment, (&file, asks)).await?;
        let wanted = self.mapping.wanted();
        let proposal = match asks {
            Some(()) => wizard::answered(out, &schema, wanted, &self.mapping)?,
            None => propose(&schema, &wanted).map_err(|unfit| told::unfit(&schema, &unfit))?,
        };
        // A password that was typed stands in no file yet.
        let typed = address.secret.is_some();
        let there = address.keys.iter().filter(|(key, _)| !(typed && *key == "password"));
        let draft = &proposal.draft;
        let none = BTreeMap::new();
        let trial = init::try_out(&file, &text(there, draft, &none), &address.database, environment).await?;
        let text = text(&address.keys, draft, &trial.fingerprint);
        let finding = Finding { schema: &schema, proposal: &proposal, trial: &trial, file: &file };
        if self.dry_run {
            return finding.print(out, &text);
        }
        if out.form() == Form::Human {
            finding.tell(out)?;
        }
        if asks.is_some()
            && !prompt::agrees(out, &format!("Write {}?", out.safe_line(&file.display().to_string())))?
        {
            out.note(format_args!("Nothing was written."));
            return Err(Stop::Told);
        }
        if let Some((path, secret)) = &address.secret {
            init::write_secret(path, secret, overwrite)?;
        }
        init::write(&file, &text, overwrite)?;
        finding.written(out, file != usual)
    }
}

impl Init {
    /// Connects and looks at the tables. Whoever mistyped the address or the password is asked again.
    async fn looked(
        &self,
        out: &Output,
        environment: &Environment,
        (file, asks): (&Path, Option<()>),
    ) -> Step<(Address, Schema)> {
        let said = address::from_options(&self.place, environment)?;
        let look = async |address: &Address| {
            out.note(format_args!("Looking at the tables …"));
            init::look(&address.database).await
        };
        if let Some(address) = said {
            let schema = look(&address).await?;
            return Ok((address, schema));
        }
        if asks.is_none() {
            return Err(Error::user("Nobody said where the database is.").into());
        }
        let mut last = None;
        loop {
            let address = address::ask(out, &self.place, (file, last.as_deref()))?;
            match look(&address).await {
                Ok(schema) => return Ok((address, schema)),
                Err(error) if error.kind() == Kind::Remote => {
                    fail::told(out, &error);
                    out.note(format_args!("Once more, please; Ctrl-C gives up."));
                    last = Some(address.asked);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Without an address there is nothing to look at, and nobody to ask.
fn missing(out: &Output) -> ExitCode {
    const MESSAGE: &str = "where the database is must be said with --database, --url-env or --url-file: \
                           there is no terminal to ask at, or --yes or --json forbids it";
    if out.form() == Form::Json {
        fail::told(out, &Error::user(format!("Usage: {MESSAGE}.")));
    } else {
        let mut command = Cli::command();
        command.build();
        if let Some(init) = command.find_subcommand_mut("init") {
            let error = init.error(ErrorKind::MissingRequiredArgument, MESSAGE);
            for line in error.to_string().lines() {
                out.note(format_args!("{line}"));
            }
        }
    }
    ExitCode::from(2)
}

/// The whole configuration.
fn text<'k>(
    keys: impl IntoIterator<Item = &'k (&'static str, Value)>,
    draft: &Draft,
    fingerprint: &BTreeMap<String, String>,
) -> String {
    let mut text = String::from(
        "# The configuration of redraft, as `redraft init` proposed it. Every other key, with its default:\n\
         # config.toml.example. `redraft check` tests all of this without changing anything.\n\n[database]\n",
    );
    for (key, value) in keys {
        line(key, value, &mut text);
    }
    if !draft.expect.is_empty() {
        let pairs = draft.expect.clone();
        line("expect", &pairs.into(), &mut text);
    }
    text.push_str(&draft.toml());
    if !fingerprint.is_empty() {
        text.push_str(
            "\n# What these columns were when the mapping was made: a difference stops batches and write-backs.\n\
             [mapping.fingerprint]\n",
        );
        for (column, is) in fingerprint {
            line(&name(column), &Value::from(is), &mut text);
        }
    }
    text.push_str(
        "\n[model]\nprovider = \"groq\"                          # or \"simulator\", to try things out offline\n\
         api_key = { env = \"GROQ_API_KEY\" }         # or { file = \"PATH\" }\n\n[batch]\n\
         budget = \"2.00\"                            # US dollars for a batch that names no budget\n\n[budget]\n\
         month = \"12.00\"                            # US dollars for all batches of a calendar month (UTC)\n",
    );
    text
}

/// What is said of the schema as a whole.
fn engine_of(schema: &Schema) -> &'static str {
    match schema.engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
        Engine::MySql => "MySQL or MariaDB",
    }
}
