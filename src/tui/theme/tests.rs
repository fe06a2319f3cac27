use super::*;

const CHOICES: [Choice; 6] =
    [Choice::Dark, Choice::RedGreen, Choice::Light, Choice::Sixteen, Choice::Contrast, Choice::Mono];

fn theme(choice: Choice, depth: Depth) -> Theme {
    Theme::new(choice, depth).unwrap()
}

/// The red, green and blue of one of the 256 colours, each from 0 to 1 (the usual xterm palette).
fn rgb(number: u8) -> [f64; 3] {
    const LOW: [u32; 16] = [
        0x00_0000, 0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, 0xe5_e5e5, 0x7f_7f7f,
        0xff_0000, 0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
    ];
    let level = |step: u8| if step == 0 { 0 } else { 55 + u32::from(step) * 40 };
    let bytes = match number {
        0..16 => [LOW[number as usize] >> 16, (LOW[number as usize] >> 8) & 255, LOW[number as usize] & 255],
        16..232 => {
            let cube = number - 16;
            [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
        }
        232.. => [u32::from(number - 232) * 10 + 8; 3],
    };
    bytes.map(|byte| f64::from(byte) / 255.0)
}

/// The relative luminance of WCAG 2.
fn luminance(number: u8) -> f64 {
    let [r, g, b] =
        rgb(number).map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(one: u8, other: u8) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_theme_names_only_known_meanings() {
    for choice in CHOICES {
        for depth in [Depth::Mono, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let paints: BTreeMap<String, Paint> = toml::from_str(source(choice, depth)).unwrap();
            for name in paints.keys() {
                assert!(Meaning::ALL.iter().any(|meaning| meaning.name() == name), "{choice:?}: {name}");
            }
        }
    }
}

#[test]
fn a_parent_comes_before_its_children() {
    for meaning in Meaning::ALL {
        assert!(meaning.parent() <= *meaning, "{meaning:?}");
    }
    assert_eq!(Meaning::Text.parent(), Meaning::Text);
}

#[test]
fn a_meaning_that_a_theme_leaves_out_looks_like_its_parent() {
    let theme = Theme::parse("[caution]\nfg = \"yellow\"\n[key]\nfg = 33\nlook = [\"bold\"]").unwrap();
    assert_eq!(theme.style(Meaning::Simulated), Style::new().fg(Color::Yellow));
    assert_eq!(theme.style(Meaning::Key), Style::new().fg(Color::Indexed(33)).add_modifier(Modifier::BOLD));
    assert_eq!(theme.style(Meaning::Rule), Style::new());
    assert!(Theme::parse("[key]\ncolour = 3").is_err());
}

#[test]
fn text_is_readable_on_the_background_that_the_theme_is_for() {
    for (choice, backgrounds) in [
        (Choice::Dark, [16, 234]),
        (Choice::RedGreen, [16, 234]),
        (Choice::Light, [231, 255]),
        (Choice::Contrast, [16, 16]),
    ] {
        let theme = theme(choice, Depth::Indexed);
        for meaning in Meaning::ALL {
            let style = theme.style(*meaning);
            let Some(Color::Indexed(fg)) = style.fg else {
                assert!(style.bg.is_none(), "{choice:?} {meaning:?}: a background needs a foreground");
                continue;
            };
            let own = match style.bg {
                Some(Color::Indexed(bg)) => vec![bg],
                _ => backgrounds.to_vec(),
            };
            for bg in own {
                let ratio = contrast(fg, bg);
                assert!(ratio >= 4.5, "{choice:?} {meaning:?}: {fg} on {bg} is {ratio:.2}");
            }
        }
    }
}

#[test]
fn without_colours_there_is_no_colour_and_the_cursor_shows() {
    for choice in CHOICES {
        let theme = theme(choice, Depth::Mono);
        for meaning in Meaning::ALL {
            let style = theme.style(*meaning);
            assert_eq!((style.fg, style.bg), (None, None), "{meaning:?}");
        }
        assert!(theme.style(Meaning::Cursor).add_modifier.contains(Modifier::REVERSED));
    }
}

#[test]
fn sixteen_colours_are_named_and_none_is_invented() {
    let theme = theme(Choice::Dark, Depth::Sixteen);
    for meaning in Meaning::ALL {
        let style = theme.style(*meaning);
        for color in [style.fg, style.bg].into_iter().flatten() {
            assert!(!matches!(color, Color::Indexed(_) | Color::Rgb(..)), "{meaning:?}");
        }
    }
}

#[test]
fn what_is_inserted_is_told_from_what_is_deleted_by_more_than_hue() {
    for choice in [Choice::Dark, Choice::RedGreen, Choice::Light, Choice::Sixteen, Choice::Contrast] {
        let theme = theme(choice, Depth::Indexed);
        assert_ne!(theme.style(Meaning::Inserted), theme.style(Meaning::Deleted), "{choice:?}");
        assert_ne!(theme.style(Meaning::Blocking), theme.style(Meaning::Warning), "{choice:?}");
    }
}

#[test]
fn there_are_few_styles_so_that_scrolling_costs_few_bytes() {
    for choice in CHOICES {
        let theme = theme(choice, Depth::Indexed);
        let mut distinct: Vec<Style> = Vec::new();
        for style in &theme.styles {
            if !distinct.contains(style) {
                distinct.push(*style);
            }
        }
        assert!(distinct.len() <= 20, "{choice:?}: {}", distinct.len());
    }
}
