#![allow(clippy::too_many_lines, reason = "a picture of a large screen has many lines")]

use insta::assert_snapshot;

use super::world::{Desk, World, id};

#[test]
fn the_queue_at_80() {
    let mut desk = Desk::at(80, 24);
    desk.key("j space");
    assert_snapshot!(desk.shot(), @r#"
 Review │ 6 ready · 0 approved · 0 rejected
 1 Dashboard 2 Candidates 3 Batches [4]Review 5 Write-back 6 Activity
── state:ready  (6 of 6) ──────────────────────────────────────────── sort: risk
   id        candidate         posting             Δ% findings state     who
   C-1037    Jordan Merriweat… Warehouse Supervi…  67 !1       ready
 ● C-1074    Priya Sundaram    Intensive Care Nu…  64          ready
>  C-1111    山田 花子         Store Manager       61          ready
   C-1148    Tomás Rivera      Backend Developer   58          ready
   C-1185    Adaeze Okafor     Payroll Analyst     55          ready
   C-1222    Lars Holmgren     Crane Operator      52          ready










────────────────────────────────────────────────────────────────────────────────
 filter: state:ready  sort: risk         marked: 1 in filter, 0 hidden, 1 in all
 a approve x reject s skip ↵ open u undo ␣ mark A approve marked / filter ? help
 X reject marked F filters o sort * mark all in filter v range : commands q quit
"#);
}

#[test]
fn a_rewrite_merged_at_80() {
    let mut desk = Desk::at(80, 24);
    desk.key("enter ] space");
    assert_snapshot!(desk.shot(), @"
     Review 1/6 │ C-1037 Jordan Merriweather · Warehouse …  │ b38 ready │ yours │ !1
     changed 67% │ 11 changes: 1✓ 0✗ 10· (open go in)
    ── SUMMARY ────────────────────────────────────────────────────── changes 1–5/11
      1±   Warehouse supervisor with 8 years {of} experience [. I have managed]
    >      {leading} teams {of} up to 25 [persons in] {people across} two
           distribution centers. [Good knowledge of] {Skilled in} SAP WM and RF
           [scanners] {scanning}.
      5·-  [I am hard working, punctual and I like to work with people. Looking for
        -  a new challenge in a bigger company.]
        +  {Known for punctuality, strong work ethic and an approachable style.}
    ── EXPERIENCE ────────────────────────────────────────────────── changes 6–11/11
         Shift supervisor, Northwind Logistics, 2018 - 2023
      6· - [Responsible for] {Supervised} the day shift with 25 employees
         - Took part in the monthly meeting of the site
         - Wrote the weekly report for the site manager
         - Kept the book of keys
      7· - [Helped to introduce the] {Supported the roll-out of} new handheld
           scanners [,] {and} trained [about 40 people] {more than 400 employees}
        !  NUMBER 40 became 400: not found in the source.
      9·~- [Responsible for] {Led} safety meetings [,] {that cut} accidents [went
        ~  down] from 11 to 4 per year (moved: bullet 6 → bullet 1)
    ────────────────────────────────────────────────────────────────────────────────
     filter: state:ready  sort: risk                  change 2/11  merged, context 1
     a approve x reject s skip ␣ cycle e edit u undo ]/[ change ? help / find
    ");
}

#[test]
fn a_rewrite_split_beside_the_queue_at_120() {
    let mut desk = Desk::at(120, 40);
    desk.key("enter space ] space space");
    assert_snapshot!(desk.shot(), @"
     Review 1/6 │ C-1037 Jordan Merriweather · Warehouse Supervisor                                 │ b38 ready │ yours │ !1
     changed 67% │ 11 changes: 1✓ 1✗ 9· (open go in) │ words 115→108 │ cost $0.0012
     QUEUE 6            risk│ BEFORE  source                                │ AFTER  rewrite
    > C-1037 Jordan Merr… !1│── SUMMARY ───────────────────────────────────────────────────────────────────── changes 1–5/11
      C-1074 Priya Sundaram │  1    Warehouse supervisor with 8 years       │  1±   Warehouse supervisor with 8 years {of}
      C-1111 山田 花子      │       experience[. I have managed] teams up to│       experience {leading} teams {of} up to 25
      C-1148 Tomás Rivera   │>      25 [persons in] two distribution        │>      {people across} two distribution
      C-1185 Adaeze Okafor  │       centers. [Good knowledge of] SAP WM and │       centers. {Skilled in} SAP WM and RF
      C-1222 Lars Holmgren  │       RF [scanners].                          │       {scanning}.
                            │  5 -  [I am hard working, punctual and I like │  5·+  {Known for punctuality, strong work
                            │    -  to work with people. Looking for a new  │    +  ethic and an approachable style.}
                            │    -  challenge in a bigger company.]         │
                            │── EXPERIENCE ───────────────────────────────────────────────────────────────── changes 6–11/11
                            │     Shift supervisor, Northwind Logistics,    │     Shift supervisor, Northwind Logistics,
                            │       2018 - 2023                             │       2018 - 2023
                            │  6  - [Responsible for] the day shift with 25 │  6· - {Supervised} the day shift with 25
                            │       employees                               │       employees
                            │     - Took part in the monthly meeting of the │     - Took part in the monthly meeting of the
                            │       site                                    │       site
                            │     - Wrote the weekly report for the site    │     - Wrote the weekly report for the site
                            │       manager                                 │       manager
                            │     - Kept the book of keys                   │     - Kept the book of keys
                            │  7  - [Helped to introduce the] new handheld  │  7· - {Supported the roll-out of} new handheld
                            │       scanners[,] trained [about 40 people]   │       scanners {and} trained {more than 400
                            │                                               │       employees}
                            │                                               │    !  NUMBER 40 became 400: not found in the
                            │                                               │    !  source.
                            │  9 ~- [Responsible for] safety meetings[,]    │  9·~- {Led} safety meetings {that cut}
                            │    ~  accidents [went down] from 11 to 4 per  │    ~  accidents from 11 to 4 per year (moved:
                            │    ~  year                                    │    ~  bullet 6 → bullet 1)
                            │ 11 -- [Stock counting every month]            │ 11·+- {Ran monthly stock counts with an
                            │                                               │    +  accuracy of 99.7%}
                            │── EDUCATION ──────────────────────────────────────────────────────────────────────── unchanged
                            │     Trade school, Columbus, 2009              │     Trade school, Columbus, 2009
                            │
                            │
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     filter: state:ready  sort: risk                                                           change 2/11  split, context 1
     last: decided a change of Jordan Merriweather · u takes it back
     a approve x reject s skip ␣ cycle e edit u undo ]/[ change ? help / find ! dismiss }/{ candidate i layout . open change
    ");
}

#[test]
fn a_rewrite_with_inspector_at_200() {
    let mut desk = Desk::at(200, 60);
    desk.key("enter space . .");
    assert_snapshot!(desk.shot(), @"
     Review 1/6 │ C-1037 Jordan Merriweather · Warehouse Supervisor                                                                                                                 │ b38 ready │ yours │ !1
     changed 67% │ 11 changes: 1✓ 0✗ 10· (open go in) │ words 115→108 │ cost $0.0012
     QUEUE 6                      risk│ BEFORE  source                                             │ AFTER  rewrite                                             │ INSPECTOR
    > C-1037 Jordan Merriweath… !1 67%│── SUMMARY ─────────────────────────────────────────────────────────────────────────────────────────────── changes 1–5/11│ FINDINGS  1 open
      C-1074 Priya Sundaram        64%│  1    Warehouse supervisor with 8 years experience[. I have│  1±   Warehouse supervisor with 8 years {of} experience    │ ! stops change 8: 40 became 400: not
      C-1111 山田 花子             61%│       managed] teams up to 25 [persons in] two distribution│       {leading} teams {of} up to 25 {people across} two    │ found in the source.
      C-1148 Tomás Rivera          58%│>      centers. [Good knowledge of] SAP WM and RF           │>      distribution centers. {Skilled in} SAP WM and RF     │
      C-1185 Adaeze Okafor         55%│       [scanners].                                          │       {scanning}.                                          │ CHANGES  11
      C-1222 Lars Holmgren         52%│  5 -  [I am hard working, punctual and I like to work with │  5·+  {Known for punctuality, strong work ethic and an     │ decided   1 accepted, 0 rejected, 10 open
                                      │    -  people. Looking for a new challenge in a bigger      │    +  approachable style.}                                 │ kinds     8 edited, 2 replaced, 1 moved
                                      │    -  company.]                                            │                                                            │ words     115 before, 108 after
                                      │── EXPERIENCE ─────────────────────────────────────────────────────────────────────────────────────────── changes 6–11/11│
                                      │     Shift supervisor, Northwind Logistics, 2018 - 2023     │     Shift supervisor, Northwind Logistics, 2018 - 2023     │ HISTORY  newest first, UTC
                                      │  6  - [Responsible for] the day shift with 25 employees    │  6· - {Supervised} the day shift with 25 employees         │ 12:04:11 anna ✓ a change
                                      │     - Took part in the monthly meeting of the site         │     - Took part in the monthly meeting of the site         │ 12:04:11 anna opened it
                                      │     - Wrote the weekly report for the site manager         │     - Wrote the weekly report for the site manager         │
                                      │     - Kept the book of keys                                │     - Kept the book of keys                                │ MODEL  batch b38
                                      │  7  - [Helped to introduce the] new handheld scanners[,]   │  7· - {Supported the roll-out of} new handheld scanners    │ attempts  1
                                      │       trained [about 40 people]                            │       {and} trained {more than 400 employees}              │ cost      $0.0012
                                      │                                                            │    !  NUMBER 40 became 400: not found in the source.       │
                                      │  9 ~- [Responsible for] safety meetings[,] accidents [went │  9·~- {Led} safety meetings {that cut} accidents from 11 to│ WRITE-BACK
                                      │    ~  down] from 11 to 4 per year                          │    ~  4 per year (moved: bullet 6 → bullet 1)              │ nothing is written before it is approved
                                      │ 11 -- [Stock counting every month]                         │ 11·+- {Ran monthly stock counts with an accuracy of 99.7%} │
                                      │── EDUCATION ────────────────────────────────────────────────────────────────────────────────────────────────── unchanged│
                                      │     Trade school, Columbus, 2009                           │     Trade school, Columbus, 2009                           │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
                                      │                                                                                                                         │
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     filter: state:ready  sort: risk                                                                                                                                           change 3/11  split, context 1
     last: decided a change of Jordan Merriweather · u takes it back
     a approve x reject s skip ␣ cycle e edit u undo ]/[ change ? help / find ! dismiss }/{ candidate i layout . open change f finding z fold c note E $EDITOR t preview : commands q back
    ");
}

#[test]
fn split_alone_at_100() {
    let mut desk = Desk::at(100, 30);
    desk.key("enter");
    assert_snapshot!(desk.shot(), @"
     Review 1/6 │ C-1037 Jordan Merriweather · Warehouse Supervisor             │ b38 ready │ yours │ !1
     changed 67% │ 11 changes: 0✓ 0✗ 11· (open go in) │ words 115→108 │ cost $0.0012
     BEFORE  source                                  │ AFTER  rewrite
    ── SUMMARY ────────────────────────────────────────────────────────────────────────── changes 1–5/11
    > 1    Warehouse supervisor with 8 years         │> 1·   Warehouse supervisor with 8 years {of}
           experience[. I have managed] teams up to  │       experience {leading} teams {of} up to 25
           25 [persons in] two distribution centers. │       {people across} two distribution centers.
           [Good knowledge of] SAP WM and RF         │       {Skilled in} SAP WM and RF {scanning}.
           [scanners].                               │
      5 -  [I am hard working, punctual and I like to│  5·+  {Known for punctuality, strong work ethic
        -  work with people. Looking for a new       │    +  and an approachable style.}
        -  challenge in a bigger company.]           │
    ── EXPERIENCE ────────────────────────────────────────────────────────────────────── changes 6–11/11
         Shift supervisor, Northwind Logistics, 2018 │     Shift supervisor, Northwind Logistics, 2018 -
           - 2023                                    │       2023
      6  - [Responsible for] the day shift with 25   │  6· - {Supervised} the day shift with 25
           employees                                 │       employees
         - Took part in the monthly meeting of the   │     - Took part in the monthly meeting of the
           site                                      │       site
         - Wrote the weekly report for the site      │     - Wrote the weekly report for the site
           manager                                   │       manager
         - Kept the book of keys                     │     - Kept the book of keys
      7  - [Helped to introduce the] new handheld    │  7· - {Supported the roll-out of} new handheld
           scanners[,] trained [about 40 people]     │       scanners {and} trained {more than 400
                                                     │       employees}
                                                     │    !  NUMBER 40 became 400: not found in the
                                                     │    !  source.
    ────────────────────────────────────────────────────────────────────────────────────────────────────
     filter: state:ready  sort: risk                                       change 1/11  split, context 1
     a approve x reject s skip ␣ cycle e edit u undo ]/[ change ? help / find ! dismiss }/{ candidate
    ");
}

#[test]
fn the_dialog_at_80() {
    let mut desk = Desk::at(80, 24);
    desk.world.type_above = 1;
    desk.world.rewrites[1].head.findings = 2;
    desk.world.held.insert(id(4), "ben".to_owned());
    desk.world.changed.insert(id(5));
    desk.world.spot_percent = 50;
    desk.key("A");
    assert_snapshot!(desk.stage.shot(), @"
     Review │ 6 ready · 0 approved · 0 rejected
     1 Dashboard 2 Candidates 3 Batches [4]Review 5 Write-back 6 Activity
    ── state:ready  (6 of 6) ──────────────────────────────────────────── sort: risk
       id        candidate         posting             Δ% findings state     who
    >  C-1037    Jordan Merriweat… Warehouse Supervi…  67 !1       ready
       C-1074    Priya Sundaram    Intensive Care Nu…  64          ready
       C-1┌─ Approve 2 rewrites? ────────────────────────────────────────────┐
       C-1│ scope    all matching  state:ready                               │
       C-1│ counted  2 now (snapshot #3c54, 12:04:11)                        │
       C-1│ skipped  1 leased by ben   ·   1 changed in the database         │
          │ findings 0   (2 more match but have a finding: approve singly)   │
          │ opened   0 of 2 were opened by a reviewer; 2 never opened        │
          │ sample   1 of the 2 waits for a spot check before write-back     │
          │ writes   2 candidates at write-back; undo stays possible         │
          │                                                                  │
          │ type 2 and ↵ to approve   l list them   Esc cancel   ▏           │
          └──────────────────────────────────────────────────────────────────┘



    ────────────────────────────────────────────────────────────────────────────────
     filter: state:ready  sort: risk                                       marked: 0
     a approve x reject s skip ↵ open u undo ␣ mark A approve marked / filter ? help
     X reject marked F filters o sort * mark all in filter v range : commands q quit
    ");
}

#[test]
fn the_editor_at_80_and_120() {
    let mut desk = Desk::at(80, 24);
    desk.key("enter e");
    assert_snapshot!(desk.shot(), @"
    ── EDIT IN SUMMARY of Jordan Merriweather ────────────────────────── not changed
     Warehouse supervisor with 8 years of experience leading teams of up to 25
     people across two distribution centers. Skilled in SAP WM and RF scanning.



















    ────────────────────────────────────────────────────────────────────────────────
     Esc keep and close  ^c throw away  ^u undo  ^r redo
    ");
    let mut desk = Desk::at(120, 40);
    desk.key("enter f e X");
    assert_snapshot!(desk.shot(), @"
    ── EDIT IN EXPERIENCE of Jordan Merriweather ───────────────────────────────────────────────────── changed, not kept yet
     BEFORE, to look at                                         │AFTER
     - Helped to introduce the new handheld scanners, trained   │X- Supported the roll-out of new handheld scanners and
     about 40 people                                            │trained more than 400 employees
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     Esc keep and close  ^c throw away  ^u undo  ^r redo
    ");
}

#[test]
fn a_failed_rewrite_shows_reason_and_reply() {
    let mut world = World::new();
    world.fail(2);
    let mut desk = Desk::of(world, 80, 24);
    desk.key("\\ j enter");
    assert_snapshot!(desk.shot(), @r#"
 Review 2/6 │ C-1074 Priya Sundaram · Intensive Care Nurse          │ b38 failed
 no after text
 Failed: reply does not map to the sections.
 The section experience is missing in the reply.
 2 attempts, $0.0012

 THE REPLY AS IT CAME
 Sure! Here is the improved résumé:

 SUMMARY
 A nurse␛[31m.










────────────────────────────────────────────────────────────────────────────────
 filter: everything  sort: risk
 R rewrite again  u undo  ? help  }/{ candidate  : commands  q back
"#);
}

#[test]
fn a_conflict_shows_what_was_found() {
    let mut world = World::new();
    let rewrite = &mut world.rewrites[0];
    rewrite.head.state = crate::domain::RewriteState::Conflict;
    rewrite.findings = Vec::new();
    rewrite.head.findings = 0;
    rewrite.approved = rewrite.after.clone();
    let mut found = rewrite.before.clone();
    found.sections[0].text =
        Some("Warehouse supervisor with 9 years experience in two countries.".to_owned());
    rewrite.found = Some(found);
    let mut desk = Desk::of(world, 100, 30);
    desk.key("\\ enter");
    assert_snapshot!(desk.shot(), @r#"
 Review 1/6 │ C-1037 Jordan Merriweather · Warehouse Supervisor                       │ b38 conflict
 changed 67% │ words 77→108 │ cost $0.0012
 Conflict: the candidate database holds another text now than the one that was rewritten. On the
 left is what was found there, on the right what was approved.
 FOUND  in the candidate database                │ APPROVED
── SUMMARY ─────────────────────────────────────────────────────────────────────────── changes 1–2/8
>1    Warehouse supervisor with [9] years        │>1·   Warehouse supervisor with {8} years {of}
      experience [in two countries].             │      experience {leading teams of up to 25 people
                                                 │      across two distribution centers}. {Skilled
                                                 │      in SAP WM and RF scanning.}
 2  ┄                                            │ 2·+  {Known for punctuality, strong work ethic
                                                 │   +  and an approachable style.}
── EXPERIENCE ──────────────────────────────────────────────────────────────────────── changes 3–8/8
    Shift supervisor, Northwind Logistics, 2018 -│    Shift supervisor, Northwind Logistics, 2018 -
      2023                                       │      2023
 3  - [Responsible for] the day shift with 25    │ 3· - {Supervised} the day shift with 25 employees
      employees                                  │
    - Took part in the monthly meeting of the    │    - Took part in the monthly meeting of the site
      site                                       │
    - Wrote the weekly report for the site       │    - Wrote the weekly report for the site manager
      manager                                    │
    - Kept the book of keys                      │    - Kept the book of keys
 4  - [Helped to introduce the] new handheld     │ 4· - {Supported the roll-out of} new handheld
      scanners[,] trained [about 40 people]      │      scanners {and} trained {more than 400
                                                 │      employees}
 6 ~- [Responsible for] safety meetings[,]       │ 6·~- {Led} safety meetings {that cut} accidents
   ~  accidents [went down] from 11 to 4 per year│   ~  from 11 to 4 per year (moved: bullet 6 →
────────────────────────────────────────────────────────────────────────────────────────────────────
 filter: everything  sort: risk                                         change 1/8  split, context 1
 R rewrite again u undo ]/[ change ? help / find }/{ candidate i layout . open change f finding
"#);
}

#[test]
fn an_empty_queue_says_what_to_do() {
    let mut world = World::new();
    world.rewrites.clear();
    assert!(Desk::of(world, 80, 24).shot().contains("There are no rewrites yet."));
    let mut desk = Desk::at(80, 24);
    desk.stage.key("/").text(" edited:maybe").key("enter");
    assert!(desk.stage.shot().contains("edited"), "{}", desk.stage.shot());
}
