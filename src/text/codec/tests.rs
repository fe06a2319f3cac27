use proptest::prelude::*;

use super::*;

fn codecs() -> impl Strategy<Value = Codec> {
    prop_oneof![
        Just(Codec::Plain),
        Just(Codec::Html),
        Just(Codec::JsonString),
        Just(Codec::JsonStrings),
        Just(Codec::OpencatsFulltext),
        Just(Codec::List(",".to_owned())),
        Just(Codec::List("; ".to_owned())),
    ]
}

/// Stored forms of all kinds, most of them odd.
fn stored() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "(<p>|</p>|<br>|<li>|<ul>|</ul>|&amp;|&eacute;|<b>|</b>| |\n|a|b|1|<!-- x -->|<|>|&){0,24}",
        "\\[(\"[a-c\\\\n]{0,3}\", ?){0,3}\"x\"\\]",
        "[a-c ,;]{0,20}",
        "(_rDOTr|_rPLUSr|_rATr|a|\\.| |\u{a0}|\\+){0,16}",
        "\"[a-z\\\\n]{0,8}\"",
    ]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![".{0,40}", "([a-c<&+#@.]|_rDOTr| |\n|- ){0,24}"]
}

proptest! {
    #[test]
    fn what_is_not_changed_gives_the_very_bytes(codec in codecs(), stored in stored()) {
        if let Ok(text) = codec.get(&stored) {
            prop_assert_eq!(codec.put(&stored, &text).unwrap(), stored);
        }
    }

    #[test]
    fn what_is_put_in_is_what_is_shown(codec in codecs(), stored in stored(), text in texts()) {
        if let Ok(put) = codec.put(&stored, &text) {
            prop_assert_eq!(codec.get(&put).unwrap(), text);
        }
    }

    #[test]
    fn a_text_through_opencats_comes_back_or_is_refused(text in texts()) {
        match Codec::OpencatsFulltext.put("", &text) {
            Ok(stored) => prop_assert_eq!(Codec::OpencatsFulltext.get(&stored).unwrap(), text),
            Err(_) => prop_assert!(text.contains("_r"), "{}", text),
        }
    }

    #[test]
    fn an_edit_of_one_word_leaves_every_tag(words in prop::collection::vec("[a-z]{1,6}", 1..8), at in 0_usize..8) {
        let lines = words.iter().map(|word| format!("<p class=\"x\"><i>{word}</i> &amp; co</p>"));
        let html = format!("{}\n", lines.collect::<Vec<_>>().join("\n"));
        let shown = Codec::Html.get(&html).unwrap();
        let mut lines: Vec<String> = shown.split("\n\n").map(str::to_owned).collect();
        let at = at % lines.len();
        lines[at] = "NEW & co".to_owned();
        let put = Codec::Html.put(&html, &lines.join("\n\n")).unwrap();
        let mut expected: Vec<String> = html.lines().map(str::to_owned).collect();
        expected[at] = "<p class=\"x\"><i>NEW</i> &amp; co</p>".to_owned();
        prop_assert_eq!(put.lines().map(str::to_owned).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_change_at_a_json_path_leaves_all_else(blank in "[ \n\t]{0,3}", old in "[a-z\u{e9}\"\\\\]{0,6}", new in ".{0,12}") {
        let old = json::put_string(&old);
        let text = format!("{{{blank}\"a\"{blank}:{blank}[1.50,{blank}{{\"b\":{old}}}]{blank},\"b\":{old}}}");
        let root = json::Node::parse(&text).unwrap();
        let path = json::Path::parse("$.a[1].b").unwrap();
        let bytes = root.at(&path.0).unwrap().bytes.clone();
        let mut changed = text.clone();
        changed.replace_range(bytes.clone(), &json::put_string(&new));
        let root = json::Node::parse(&changed).unwrap();
        prop_assert_eq!(root.at(&path.0).unwrap().words(&changed), new);
        prop_assert_eq!(changed.get(..bytes.start), text.get(..bytes.start));
        prop_assert!(changed.ends_with(text.get(bytes.end..).unwrap()));
    }
}

#[test]
fn forms_inside_of_forms_are_undone_in_their_order() {
    let codecs = [Codec::OpencatsFulltext, Codec::Html];
    let stored = "<p>C_rPLUSr_rPLUSr _rANDramp; x</p>";
    assert_eq!(get(&codecs, stored).unwrap(), "C++ & x");
    assert_eq!(put(&codecs, stored, "C++ & C#").unwrap(), "<p>C_rPLUSr_rPLUSr _rANDramp; C_rPOUNDr</p>");
    assert_eq!(put(&codecs, stored, "C++ & x").unwrap(), stored);
}
