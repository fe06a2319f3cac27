//! How the form that starts a batch looks.

use ratatui::{Frame, layout::Rect};

use super::{
    Linked,
    form::{Chosen, Field, Form, Stage},
};
use crate::{
    domain::{Money, Tier},
    engine::port::Estimate,
    text::Safe,
    tui::{
        Context, Layer,
        overlays::framed,
        screens::words,
        theme::Meaning,
        widgets::{Row, chrome, thousands, wrapped},
    },
};

/// Where the contents of the fields begin.
const LABEL: u16 = 16;

pub(super) fn draw(form: &Form, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let width = area.width.saturating_sub(4).min(100);
    let height = area.height.saturating_sub(2).min(26);
    let inner = framed(frame, area, (width, height), "Start a batch", context);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    // Eleven lines stand around the instructions, which take the rest.
    let text_height = inner.height.saturating_sub(14).max(1);
    let mut lines = Lines { frame, area: inner, context, next: inner.y };
    lines.put(
        &Row::of(Meaning::Muted, " who            ")
            .put(Meaning::Strong, format!("{} ", thousands(form.number)))
            .put(Meaning::Dialog, form.scope.clone()),
    );
    lines.field(form, Field::Posting, posting(form));
    lines.field(form, Field::Model, model(form));
    draw_budget(form, &mut lines);
    lines.field(form, Field::Economy, economy(form));
    let label = Lines::label(form, Field::Instructions);
    lines.put(&label.put(
        Meaning::Placeholder,
        if form.instructions.text().is_empty() { "what to add to the standing instructions" } else { "" },
    ));
    draw_instructions(form, &mut lines, text_height);
    lines.rule("ESTIMATE");
    for row in estimate(form, usize::from(inner.width)) {
        lines.put(&row);
    }
    lines.next = inner.bottom().saturating_sub(2);
    let button = |field, text: &'static str| {
        Row::of(
            if form.field == field { Meaning::ButtonFocus } else { Meaning::Button },
            format!("[ {text} ]"),
        )
    };
    lines.put(
        &Row::of(Meaning::Dialog, " ")
            .and(button(Field::Start, "Start …"))
            .put(Meaning::Dialog, "  ")
            .and(button(Field::Cancel, "Cancel")),
    );
    let hints = form.hints(context);
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    chrome::footer(lines.frame, foot, &hints, context);
}

struct Lines<'a, 'b> {
    frame: &'a mut Frame<'b>,
    area: Rect,
    context: &'a Context,
    next: u16,
}

impl Lines<'_, '_> {
    /// The next line; an empty one below the box.
    fn take(&mut self) -> Rect {
        let line = Rect { y: self.next, height: 1, ..self.area };
        self.next += 1;
        line.intersection(self.area)
    }

    fn put(&mut self, row: &Row<'_>) {
        let line = self.take();
        row.draw(self.frame.buffer_mut(), line, &self.context.theme);
    }

    fn rule(&mut self, name: &'static str) {
        let line = self.take();
        chrome::heading(self.frame, line, (Row::of(Meaning::Title, name), Row::new()), self.context);
    }

    fn label(form: &Form, field: Field) -> Row<'static> {
        let name = match field {
            Field::Posting => "posting",
            Field::Model => "model",
            Field::Budget => "budget",
            Field::Economy => "economy",
            Field::Instructions => "instructions",
            Field::Start | Field::Cancel => "",
        };
        let here = form.field == field;
        let meaning = if here { Meaning::Cursor } else { Meaning::Muted };
        Row::of(meaning, format!("{}{name:<13}", if here { ">" } else { " " })).put(Meaning::Dialog, "  ")
    }

    fn field(&mut self, form: &Form, field: Field, content: Row<'static>) {
        let label = Self::label(form, field);
        let columns = usize::from(self.area.width);
        let arrow = Row::of(Meaning::Muted, self.context.glyph("▾", "v"));
        self.put(&label.and(content).with_right(arrow, columns));
    }
}

fn posting(form: &Form) -> Row<'static> {
    let Some(terms) = &form.terms else { return Row::of(Meaning::Muted, "reading …") };
    let one = match form.posting {
        Chosen::One(index) => terms.postings.get(index),
        Chosen::Usual | Chosen::Nothing => None,
    };
    if let Some(posting) = one {
        return Row::of(Meaning::Dialog, posting.title.clone())
            .put(Meaning::Muted, format!("  {}", posting.id));
    }
    let own = form.posting == Chosen::Usual && terms.linked == Linked::Yes;
    Row::of(Meaning::Dialog, if own { "each candidate's own" } else { "none" })
        .put(Meaning::Muted, format!("  {} to choose from", terms.postings.len()))
}

fn model(form: &Form) -> Row<'static> {
    let Some(terms) = &form.terms else { return Row::of(Meaning::Muted, "reading …") };
    match form.model.and_then(|index| terms.models.get(index)) {
        Some(model) => Row::of(Meaning::Dialog, model.name.clone()),
        None => Row::of(Meaning::Dialog, terms.usual.model.clone()).put(Meaning::Muted, "  as configured"),
    }
}

fn economy(form: &Form) -> Row<'static> {
    match form.tier {
        Tier::Economy => Row::of(Meaning::Dialog, "yes")
            .put(Meaning::Muted, "  half the price; the results come within 24 hours"),
        Tier::OnDemand | Tier::Flex => Row::of(Meaning::Dialog, "no").put(Meaning::Muted, "  at once"),
    }
}

fn draw_budget(form: &Form, lines: &mut Lines<'_, '_>) {
    let label = Lines::label(form, Field::Budget);
    let line = lines.take();
    let rest = Rect { x: line.x + LABEL, width: line.width.saturating_sub(LABEL), ..line };
    label.draw(lines.frame.buffer_mut(), line, &lines.context.theme);
    if form.field == Field::Budget {
        form.budget.draw(lines.frame, rest, "as configured; or an amount like 2.50", lines.context);
        return;
    }
    let content = match form.amount() {
        Err(complaint) => Row::of(Meaning::Caution, complaint),
        Ok(Some(amount)) => Row::of(Meaning::Dialog, amount.to_string()),
        Ok(None) => {
            let usual = form.terms.as_ref().map(|terms| terms.usual.budget.to_string()).unwrap_or_default();
            Row::of(Meaning::Dialog, usual).put(Meaning::Muted, "  as configured")
        }
    };
    content.draw(lines.frame.buffer_mut(), rest, &lines.context.theme);
}

fn draw_instructions(form: &Form, lines: &mut Lines<'_, '_>, height: u16) {
    let line = lines.take();
    let area = Rect { x: line.x + 2, width: line.width.saturating_sub(4), height, ..line };
    let area = area.intersection(lines.area);
    lines.next += height - 1;
    if form.field == Field::Instructions {
        form.instructions.draw(lines.frame, area, lines.context);
        return;
    }
    let text = form.instructions.text();
    let rows = text.lines().map(|line| Row::of(Meaning::Dialog, line));
    for (row, place) in rows.zip(area.rows()) {
        row.draw(lines.frame.buffer_mut(), place, &lines.context.theme);
    }
}

/// What went wrong is told whole, however long it is.
fn sentence(meaning: Meaning, text: &str, columns: usize) -> Vec<Row<'static>> {
    let lines = wrapped(&Safe::new(text), columns.saturating_sub(2));
    lines.into_iter().map(|line| Row::of(meaning, " ").put(meaning, line)).collect()
}

fn estimate(form: &Form, columns: usize) -> Vec<Row<'static>> {
    let estimate = match &form.stage {
        Stage::Estimating => return vec![Row::of(Meaning::Muted, " estimating …")],
        Stage::Starting => return vec![Row::of(Meaning::Running, " starting …")],
        Stage::Failed(failure) => {
            let message = (Meaning::Bad, failure.message());
            let parts = std::iter::once(message).chain(failure.hint().map(|hint| (Meaning::Muted, hint)));
            return parts.flat_map(|(meaning, text)| sentence(meaning, text, columns)).collect();
        }
        Stage::Estimated(estimate) => estimate,
    };
    let time = match (estimate.tier, estimate.duration) {
        (Tier::Economy, _) => "within 24 hours".to_owned(),
        (Tier::OnDemand | Tier::Flex, None) => "time unknown: no rate limits seen yet".to_owned(),
        (Tier::OnDemand | Tier::Flex, Some(time)) => format!("about {}", words::about(time)),
    };
    let own =
        form.posting == Chosen::Usual && form.terms.as_ref().is_some_and(|terms| terms.linked == Linked::Yes);
    let postings =
        if own { format!("   {} with a posting", thousands(estimate.for_posting)) } else { String::new() };
    let skipped = match estimate.skipped {
        0 => String::new(),
        number => format!("   about {} skipped for their length", thousands(number)),
    };
    vec![
        Row::of(Meaning::Strong, format!(" {}", words::count(estimate.rewrites, "rewrite")))
            .put(Meaning::Dialog, postings)
            .put(Meaning::Dialog, skipped)
            .put(Meaning::Muted, format!("   from {}", words::count(estimate.sampled, "sample"))),
        Row::of(
            Meaning::Dialog,
            format!(
                " tokens {} in · {} out   {time}",
                words::short(estimate.tokens_in),
                words::short(estimate.tokens_out)
            ),
        ),
        Row::of(Meaning::Strong, format!(" cost about {}", estimate.cost))
            .put(
                Meaning::Dialog,
                format!("   budget {}   left this month {}", estimate.budget, estimate.month_left),
            )
            .fit(columns),
        verdict(estimate),
    ]
}

fn verdict(estimate: &Estimate) -> Row<'static> {
    let least = estimate.budget.min(estimate.month_left);
    if estimate.cost <= least {
        return Row::new();
    }
    let share = share(least, estimate.cost);
    let which = if estimate.month_left < estimate.budget { "the month's cap" } else { "the budget" };
    Row::of(Meaning::Caution, format!(" ! {which} pays for about {share}% of it; the batch stops there"))
}

fn share(part: Money, whole: Money) -> u128 {
    (u128::from(part.nanos()) * 100).checked_div(u128::from(whole.nanos())).unwrap_or(100)
}
