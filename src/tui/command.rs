//! The one table of commands. Keys, footer, help, palette and the pages under `docs/` come from it.
//!
//! A command has a name that people bind and search for, a label of one or two words for the footer, one sentence,
//! and a scope. It has no code: whichever layer is asked first and consumes it decides what it does. A scope is an
//! enum of its own, so that a screen matches its commands exhaustively and a new one cannot be forgotten.

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which command.
    pub command: Command,
    /// The name that keys are bound to, as `review.approve`.
    pub name: &'static str,
    /// One or two words for the footer.
    pub label: &'static str,
    /// One sentence for help and palette.
    pub doc: &'static str,
}

macro_rules! commands {
    ($( $(#[doc = $scope_doc:literal])+ $scope:ident $prefix:literal {
        $( $variant:ident $name:literal $label:literal $doc:literal; )+
    } )+) => {
        /// Where a command can be called: which part of the screen has the keys.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Scope { $( $(#[doc = $scope_doc])+ $scope ),+ }

        $(
            $(#[doc = $scope_doc])+
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub enum $scope { $( #[doc = $doc] $variant ),+ }

            impl From<$scope> for Command {
                fn from(command: $scope) -> Self {
                    Self::$scope(command)
                }
            }
        )+

        /// A command, by scope.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command { $( $(#[doc = $scope_doc])+ $scope($scope) ),+ }

        impl Scope {
            /// All scopes, in the order of the table.
            pub const ALL: &'static [Self] = &[ $( Self::$scope ),+ ];

            /// The first half of the names of its commands.
            pub const fn prefix(self) -> &'static str {
                match self { $( Self::$scope => $prefix ),+ }
            }

            /// What the scope is, as a sentence.
            pub const fn doc(self) -> &'static str {
                match self { $( Self::$scope => concat!($($scope_doc, "\n"),+).trim_ascii() ),+ }
            }
        }

        impl Command {
            /// The scope that it belongs to.
            pub const fn scope(self) -> Scope {
                match self { $( Self::$scope(_) => Scope::$scope ),+ }
            }
        }

        /// All commands, scope by scope.
        pub const TABLE: &[Entry] = &[ $( $( Entry {
            command: Command::$scope($scope::$variant),
            name: concat!($prefix, ".", $name),
            label: $label,
            doc: $doc,
        } ),+ ),+ ];
    };
}

impl Command {
    /// Its row in the table.
    pub fn entry(self) -> &'static Entry {
        // Every command has a row, because both come from one macro; the first row is never used instead.
        TABLE.iter().find(|entry| entry.command == self).unwrap_or(&TABLE[0])
    }

    /// The name that keys are bound to.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// One or two words for the footer.
    pub fn label(self) -> &'static str {
        self.entry().label
    }

    /// The command of that name.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|entry| entry.name == name).map(|entry| entry.command)
    }
}

impl Scope {
    /// Whether letters are text here, so that only keys without a letter can be bound.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Prompt | Self::Edit | Self::Form)
    }

    /// The rows of this scope.
    pub fn entries(self) -> impl Iterator<Item = &'static Entry> {
        TABLE.iter().filter(move |entry| entry.command.scope() == self)
    }
}

/// The sets of scopes that take keys together, the closest first, with a name for error messages. A key must not have
/// two commands in one set.
pub const PLACES: &[(&str, &[Scope])] = &[
    ("the Dashboard", &[Scope::Dashboard, Scope::List, Scope::Global, Scope::Terminal]),
    ("Candidates", &[Scope::Candidates, Scope::List, Scope::Global, Scope::Terminal]),
    ("a candidate's text", &[Scope::Candidates, Scope::Document, Scope::Global, Scope::Terminal]),
    ("Batches", &[Scope::Batches, Scope::List, Scope::Global, Scope::Terminal]),
    ("a reply coming in", &[Scope::Batches, Scope::Document, Scope::Global, Scope::Terminal]),
    ("the review queue", &[Scope::Review, Scope::Queue, Scope::List, Scope::Global, Scope::Terminal]),
    ("a rewrite", &[Scope::Review, Scope::Change, Scope::Document, Scope::Global, Scope::Terminal]),
    ("Write-back", &[Scope::WriteBack, Scope::List, Scope::Global, Scope::Terminal]),
    ("a conflict", &[Scope::Conflict, Scope::Document, Scope::Global, Scope::Terminal]),
    ("Activity", &[Scope::Activity, Scope::List, Scope::Global, Scope::Terminal]),
    ("a dialog", &[Scope::Dialog, Scope::Terminal]),
    ("a menu", &[Scope::Menu, Scope::Terminal]),
    ("an input line", &[Scope::Prompt, Scope::Terminal]),
    ("a form", &[Scope::Form, Scope::Terminal]),
    ("the editor", &[Scope::Edit, Scope::Terminal]),
];

commands! {
    /// On every screen.
    Global "app" {
        Dashboard "dashboard" "dashboard" "Go to the Dashboard: what needs you.";
        Candidates "candidates" "candidates" "Go to Candidates: choose whose résumé is rewritten.";
        Batches "batches" "batches" "Go to Batches: watch, pause and retry bulk work.";
        Review "review" "review" "Go to Review: decide about rewrites.";
        WriteBack "write-back" "write-back" "Go to Write-back: put approved texts into the candidate database.";
        Activity "activity" "activity" "Go to Activity: who did what when, and past messages.";
        Help "help" "help" "Show what the keys do here.";
        Palette "palette" "commands" "Search all commands by name and run one.";
        NextPane "next-pane" "pane" "Go to the next pane.";
        PreviousPane "previous-pane" "pane" "Go to the previous pane.";
        Back "back" "back" "Go back; at the top, quit.";
        Cancel "cancel" "cancel" "Cancel what is going on; twice within a second, quit.";
        Quit "quit" "quit" "Quit.";
    }
    /// Everywhere, also in dialogs and while text is typed.
    Terminal "terminal" {
        Redraw "redraw" "redraw" "Draw the whole screen again.";
        Suspend "suspend" "suspend" "Give the terminal back to the shell; `fg` returns.";
    }
    /// In a list: candidates, batches, the review queue, approved rewrites, activity.
    List "list" {
        Down "down" "down" "Go to the next row.";
        Up "up" "up" "Go to the previous row.";
        First "first" "first" "Go to the first row.";
        Last "last" "last" "Go to the last row.";
        PageDown "page-down" "page" "Go down a page.";
        PageUp "page-up" "page" "Go up a page.";
        Open "open" "open" "Open the row.";
        Mark "mark" "mark" "Mark or unmark the row and go to the next.";
        Range "range" "range" "Start or end a range of marks.";
        MarkAll "mark-all" "mark all in filter" "Mark every row that the filter matches.";
        UnmarkAll "unmark-all" "unmark all" "Take away all marks.";
        Filter "filter" "filter" "Type a filter or a search.";
        ClearFilter "clear-filter" "clear filter" "Show everything again.";
        Sort "sort" "sort" "Choose the order.";
        Copy "copy" "copy" "Copy the id of the row.";
    }
    /// In a text: a rewrite's before and after, a candidate's résumé, a reply that is coming in.
    Document "document" {
        Down "down" "down" "Go down a row.";
        Up "up" "up" "Go up a row.";
        Top "top" "top" "Go to the top.";
        Bottom "bottom" "bottom" "Go to the bottom.";
        HalfDown "half-page-down" "half page" "Go down half a page.";
        HalfUp "half-page-up" "half page" "Go up half a page.";
        NextPane "enter" "next pane" "Go to the next pane.";
        List "list" "list" "Go back to the list.";
        Find "find" "find" "Find words in the text.";
        NextMatch "next-match" "next match" "Go to the next match.";
        PreviousMatch "previous-match" "previous match" "Go to the previous match.";
    }
    /// In a rewrite under review: its changes.
    Change "change" {
        Next "next" "change" "Go to the next change.";
        Previous "previous" "change" "Go to the previous change.";
        NextOpen "next-open" "open change" "Go to the next change that nobody decided.";
        PreviousOpen "previous-open" "open change" "Go to the previous change that nobody decided.";
        Finding "finding" "finding" "Go to the next finding.";
        NextRewrite "next-rewrite" "candidate" "Open the next rewrite of the queue.";
        PreviousRewrite "previous-rewrite" "candidate" "Open the previous rewrite of the queue.";
        Cycle "cycle" "cycle" "Turn the change from open to accepted to rejected.";
        AcceptSection "accept-section" "accept section" "Accept all changes without a finding in this section.";
        RejectSection "reject-section" "reject section" "Reject all changes in this section.";
        Edit "edit" "edit" "Edit the paragraph under the cursor in place; on a heading its section.";
        EditWhole "edit-whole" "edit all" "Edit the whole after text in place.";
        Outside "edit-outside" "$EDITOR" "Edit the whole after text in your own editor.";
        Note "note" "note" "Write a note on the change.";
        Dismiss "dismiss" "dismiss" "Dismiss the finding, with a reason.";
        Layout "layout" "layout" "Turn from merged to split to after to before.";
        Wrap "wrap" "wrap" "Break long lines, or show each as one line and scroll sideways.";
        Right "right" "sideways" "Scroll to the right, where lines are not broken.";
        Left "left" "sideways" "Scroll to the left, where lines are not broken.";
        Fold "fold" "fold" "Fold or unfold the section.";
        MoreContext "more-context" "more context" "Show more unchanged text around changes.";
        LessContext "less-context" "less context" "Show less unchanged text around changes.";
        CopyChange "copy-change" "copy change" "Copy the change.";
        CopyBefore "copy-before" "copy before" "Copy the before text.";
        CopyAfter "copy-after" "copy after" "Copy the after text.";
        CopyDiff "copy-diff" "copy diff" "Copy the differences as text.";
        CopyId "copy-id" "copy id" "Copy the id of the rewrite.";
    }
    /// On the Dashboard.
    Dashboard "dashboard" {
        Cap "cap" "cap" "Change what may be spent this month.";
    }
    /// On Candidates.
    Candidates "candidates" {
        Rewrite "rewrite" "rewrite" "Start a batch for the marked candidates, else for all that match.";
    }
    /// On Batches.
    Batches "batches" {
        PauseView "pause-view" "pause view" "Hold the figures still; the batch goes on.";
        Pause "pause" "pause batch" "Pause the batch, or let it go on.";
        Cancel "cancel" "cancel batch" "Cancel what the batch has not done yet.";
        Retry "retry" "retry failed" "Queue the failed rewrites of the batch again.";
        Budget "budget" "budget" "Change the budget of the batch.";
        WatchOnly "watch-only" "watch-only" "Lock the keys that change a batch.";
    }
    /// On Review, in the queue and in a rewrite.
    Review "review" {
        Approve "approve" "approve" "Approve this rewrite and go to the next.";
        Reject "reject" "reject" "Reject this rewrite and go to the next.";
        RejectBecause "reject-because" "reject because" "Reject this rewrite, say why, and go to the next.";
        Preview "preview" "preview" "Show the exact text that an approval would write.";
        Skip "skip" "skip" "Leave this rewrite for the end of your queue.";
        Undo "undo" "undo" "Take back your last decision.";
        Redo "redo" "redo" "Decide again what you took back.";
        UndoSince "undo-since" "undo since" "Take back all decisions since a time, or of a filter.";
        Again "rewrite-again" "rewrite again" "Have it rewritten again, with a note.";
        PauseBatch "pause-batch" "pause batch" "Pause the batch of this rewrite, or let it go on.";
        WriteBack "write-back" "write back" "Write approved texts back.";
        TakeOver "take-over" "take over" "Go on with what somebody else has open.";
        SaveFilter "save-filter" "save filter" "Give the filter a name, for everybody.";
        SavedFilters "saved-filters" "filters" "Choose a saved filter.";
        FindInOthers "find-in-others" "find in others" "Go to the next rewrite of the filter that has the words found last.";
        Assign "assign" "assign" "Make the marked rewrites, else this one, the work of somebody.";
        Second "second-opinion" "second opinion" "Ask for a second opinion on the marked rewrites, else this one.";
        Stats "stats" "how I decide" "Show how you decide: how much, how fast, how well.";
        Result "result" "last result" "Show what came of the last decision about many, group by group.";
    }
    /// In the review queue.
    Queue "queue" {
        ApproveMany "approve-many" "approve marked" "Approve the marked rewrites, else all that match.";
        RejectMany "reject-many" "reject marked" "Reject the marked rewrites, else all that match.";
        Note "note" "note" "Write a note on the rewrite.";
        Finding "finding" "next finding" "Go to the next rewrite with a finding.";
    }
    /// On Write-back.
    WriteBack "write-back" {
        Write "write" "write" "Write the marked texts, else all that match, into the candidate database.";
        Revert "revert" "revert" "Put the text that stood before a write-back into the candidate database again.";
        LetWrite "let-write" "let write" "Let batches be written again that a failed spot check has stopped.";
        Merge "merge" "merge" "Open the conflict: its three texts, and their merge.";
        Again "rewrite-again" "rewrite again" "Have a conflict rewritten from the text that the candidate database has now.";
    }
    /// In a conflict on Write-back: what its approver saw, what stands there now, what was approved.
    Conflict "conflict" {
        Next "next" "place" "Go to the next place that both changed.";
        Previous "previous" "place" "Go to the previous place that both changed.";
        NextOpen "next-open" "open place" "Go to the next place where nobody has chosen.";
        Cycle "cycle" "choose" "Take the approved words at this place, or those found there, or neither yet.";
        AllApproved "all-approved" "all approved" "Take the approved words at every place that both changed.";
        AllFound "all-found" "all found" "Take the words found there at every place that both changed.";
        Layout "layout" "next view" "Turn from the merge to the three texts to the exact text.";
        Exact "exact-text" "exact text" "Show the exact text that would be written.";
        Approve "approve" "approve" "Approve the merged text; shows the exact text first.";
        Keep "keep-found" "keep found" "Keep what stands in the candidate database, and reject the rewrite.";
        Decide "decide" "to Review" "Merge, and go on with the merged text on Review.";
        Again "rewrite-again" "rewrite again" "Have it rewritten from the text that the candidate database has now.";
    }
    /// On Activity.
    Activity "activity" {
        Undo "undo" "undo" "Take back the decision of this row.";
    }
    /// In a dialog that asks for a decision.
    Dialog "dialog" {
        Yes "yes" "yes" "Yes, do it.";
        No "no" "cancel" "No, close the dialog.";
        Choose "choose" "choose" "Press the button that is in focus.";
        Next "next" "other button" "Go to the other button.";
        Details "details" "list them" "Show what is concerned.";
    }
    /// In a menu or in the help.
    Menu "menu" {
        Down "down" "down" "Go to the next row.";
        Up "up" "up" "Go to the previous row.";
        PageDown "page-down" "page" "Go down a page.";
        PageUp "page-up" "page" "Go up a page.";
        First "first" "first" "Go to the first row.";
        Last "last" "last" "Go to the last row.";
        Choose "choose" "choose" "Take the row.";
        Search "search" "search" "Search.";
        Close "close" "close" "Close.";
    }
    /// In an input line.
    Prompt "prompt" {
        Accept "accept" "accept" "Take what is typed.";
        Cancel "cancel" "cancel" "Close and change nothing.";
        Next "next" "next" "Go to the next suggestion.";
        Previous "previous" "previous" "Go to the previous suggestion.";
        Complete "complete" "complete" "Complete the word.";
    }
    /// In a form.
    Form "form" {
        Next "next" "next field" "Go to the next field.";
        Previous "previous" "previous field" "Go to the previous field.";
        Choose "choose" "choose" "Open the field, or press the button.";
        Cancel "cancel" "cancel" "Close and change nothing.";
    }
    /// In the editor for the after text.
    Edit "edit" {
        Done "done" "done" "Keep the edited text.";
        Discard "discard" "discard" "Throw the edit away.";
        Undo "undo" "undo" "Take back the last stroke.";
        Redo "redo" "redo" "Do the stroke again.";
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_lower_case_and_found() {
        let names: BTreeSet<_> = TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for entry in TABLE {
            assert_eq!(Command::named(entry.name), Some(entry.command));
            assert!(entry.name.chars().all(|c| c.is_ascii_lowercase() || ".-".contains(c)), "{}", entry.name);
            assert!(entry.name.starts_with(entry.command.scope().prefix()), "{}", entry.name);
        }
    }

    #[test]
    fn every_command_is_told_in_one_sentence() {
        for entry in TABLE {
            assert!(entry.doc.ends_with('.') && entry.doc.len() <= 90, "{}: {}", entry.name, entry.doc);
            assert!(entry.label.len() <= 20, "{}: {}", entry.name, entry.label);
        }
    }

    #[test]
    fn every_scope_takes_keys_somewhere() {
        for scope in Scope::ALL {
            assert!(PLACES.iter().any(|(_, scopes)| scopes.contains(scope)), "{scope:?}");
        }
    }
}
