//! Keys of the candidate database as text, and back to the very values.
//!
//! A key of one column is its value as people read it. The parts of a compound key are joined by `/`; a `/` or `%` in a
//! part is written `%2F` or `%25`.

use super::{
    db::{Affinity, ColumnInfo, Engine, Kind, Sql, TableInfo, Val},
    port::SourceError,
};

/// One column of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyColumn {
    /// The name, quoted.
    pub(super) quoted: String,
    /// The name for people.
    pub(super) name: String,
    /// The column as it is selected.
    pub(super) selected: String,
    /// Whether it may be NULL; such rows cannot be named and are left out.
    pub(super) nullable: bool,
    /// The name with its table's: a bare name in ORDER BY would mean what is selected under it, a text.
    qualified: String,
    info: ColumnInfo,
    engine: Engine,
    values: Values,
    order: Order,
}

/// Which values a key column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    /// SQLite: each value has a type of its own, which the column's affinity narrows down.
    Loose(Affinity),
    Int,
    UInt,
    Decimal,
    Uuid,
    Text,
    Bytes,
    /// What the engine itself makes from text.
    Cast,
}

/// In which order a column's values stand. It must keep apart what are different rows, or pages would lose some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The column's own, which an index serves.
    Own,
    /// That of the bytes, because nothing forbids two rows that the column's collation holds for equal.
    Bytes,
}

/// The key of a table.
///
/// # Errors
/// The column that cannot be part of a key, and why, as the end of a sentence.
pub(super) fn columns(
    engine: Engine,
    table: &TableInfo,
    columns: &[&ColumnInfo],
) -> Result<Vec<KeyColumn>, (String, String)> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let order = if table.orders(&names) { Order::Own } else { Order::Bytes };
    columns.iter().map(|info| column(engine, &table.name, info, order)).collect()
}

fn column(
    engine: Engine,
    table: &str,
    info: &ColumnInfo,
    order: Order,
) -> Result<KeyColumn, (String, String)> {
    let values = match (engine, info.kind) {
        (Engine::Sqlite, _) => Values::Loose(info.affinity),
        (_, Kind::Int) => Values::Int,
        (_, Kind::UInt) => Values::UInt,
        (_, Kind::Decimal) => Values::Decimal,
        (_, Kind::Uuid) => Values::Uuid,
        (_, Kind::Text) => Values::Text,
        (_, Kind::Bytes) => Values::Bytes,
        (_, Kind::Time) | (Engine::Postgres, Kind::Bool | Kind::Other) => Values::Cast,
        (Engine::Postgres | Engine::MySql, Kind::Real | Kind::Json)
        | (Engine::MySql, Kind::Bool | Kind::Other) => {
            let why = format!("is of the type {}, which has no order that a key needs", info.declared);
            return Err((info.name.clone(), why));
        }
    };
    let text = match values {
        Values::Text | Values::Loose(_) => true,
        Values::Int | Values::UInt | Values::Decimal | Values::Uuid | Values::Bytes | Values::Cast => false,
    };
    Ok(KeyColumn {
        quoted: engine.quote(&info.name),
        name: info.name.clone(),
        qualified: format!("{}.{}", engine.quote(table), engine.quote(&info.name)),
        selected: engine.selected(info),
        nullable: info.nullable,
        info: info.clone(),
        engine,
        values,
        order: if text { order } else { Order::Own },
    })
}

impl KeyColumn {
    /// What rows are sorted by.
    fn sorted(&self) -> String {
        match self.order {
            Order::Own => self.qualified.clone(),
            Order::Bytes => self.engine.by_bytes(&self.qualified),
        }
    }

    /// A bound value as the other side of [`KeyColumn::sorted`].
    fn bound(&self, sql: &mut Sql, value: &Val) -> String {
        let place = sql.place(value.clone());
        match self.order {
            Order::Own => self.engine.compared(&self.info, &place),
            Order::Bytes => self.engine.by_bytes(&place),
        }
    }
}

/// Adds ` AND key = …`.
pub(super) fn push_equal(sql: &mut Sql, columns: &[KeyColumn], key: &[Val]) {
    for (column, value) in columns.iter().zip(key) {
        let place = sql.place(value.clone());
        sql.push(" AND ")
            .push(&column.quoted)
            .push(" = ")
            .push(&column.engine.compared(&column.info, &place));
        // An index finds what the collation holds for equal; the row itself has to be the same to the byte.
        match column.values {
            Values::Text => {
                let place = sql.place(value.clone());
                sql.push(" AND ").push(&column.engine.byte_exact(&column.info, &place));
            }
            Values::Loose(Affinity::Text) if matches!(value, Val::Text(_)) => {
                let place = sql.place(value.clone());
                sql.push(" AND ").push(&column.quoted).push(" = ").push(&column.engine.by_bytes(&place));
            }
            Values::Loose(_)
            | Values::Int
            | Values::UInt
            | Values::Decimal
            | Values::Uuid
            | Values::Bytes
            | Values::Cast => {}
        }
    }
}

/// Adds ` AND key > …`, in the order of [`sorted`].
pub(super) fn push_after(sql: &mut Sql, columns: &[KeyColumn], key: &[Val]) {
    match columns.first().map(|column| column.engine) {
        // MySQL finds no range of an index by a comparison of rows.
        Some(Engine::MySql) => {
            sql.push(" AND (");
            for last in 0..columns.len().min(key.len()) {
                sql.push(if last == 0 { "(" } else { " OR (" });
                for (index, (column, value)) in columns.iter().zip(key).take(last + 1).enumerate() {
                    let compare = if index == last { ">" } else { "=" };
                    sql.push(if index == 0 { "" } else { " AND " }).push(&column.sorted());
                    let place = column.bound(sql, value);
                    sql.push(&format!(" {compare} {place}"));
                }
                sql.push(")");
            }
            sql.push(")");
        }
        Some(Engine::Sqlite | Engine::Postgres) | None => {
            let places: Vec<String> =
                columns.iter().zip(key).map(|(column, value)| column.bound(sql, value)).collect();
            sql.push(&format!(" AND ({}) > ({})", sorted(columns), places.join(", ")));
        }
    }
}

/// What rows are sorted by.
pub(super) fn sorted(columns: &[KeyColumn]) -> String {
    columns.iter().map(KeyColumn::sorted).collect::<Vec<_>>().join(", ")
}

/// The key as it is selected.
pub(super) fn selected(columns: &[KeyColumn]) -> String {
    columns.iter().map(|column| column.selected.as_str()).collect::<Vec<_>>().join(", ")
}

/// The key as text.
pub(super) fn encode(columns: &[KeyColumn], values: &[Val]) -> Result<String, SourceError> {
    let parts = columns.iter().zip(values).map(|(column, value)| part(column, value));
    let parts: Vec<String> = parts.collect::<Result<_, _>>()?;
    Ok(match parts.as_slice() {
        [one] => one.clone(),
        several => several
            .iter()
            .map(|part| part.replace('%', "%25").replace('/', "%2F"))
            .collect::<Vec<_>>()
            .join("/"),
    })
}

fn part(column: &KeyColumn, value: &Val) -> Result<String, SourceError> {
    let odd = |what: &str| {
        SourceError::Engine(format!(
            "The key column \"{}\" holds {what}, which cannot be part of a key.",
            column.name
        ))
    };
    match (value, column.values) {
        (Val::Int(number), _) => Ok(number.to_string()),
        (Val::UInt(number), _) => Ok(number.to_string()),
        // The column keeps 5 and '5' apart, so the text must too.
        (Val::Text(text), Values::Loose(Affinity::Any)) => Ok(format!("t:{text}")),
        (Val::Text(text), _) => Ok(text.clone()),
        (Val::Bytes(bytes), Values::Loose(Affinity::Any) | Values::Bytes) => {
            Ok(format!("x:{}", crate::domain::hex(bytes)))
        }
        (Val::Bytes(_), _) => Err(odd("bytes")),
        (Val::Real(_), _) => Err(odd("a fraction")),
        (Val::Null, _) => Err(odd("NULL")),
    }
}

/// The values of a key; `None` if the text cannot be a key of these columns.
pub(super) fn decode(columns: &[KeyColumn], id: &str) -> Option<Vec<Val>> {
    if let [column] = columns {
        return value(column.values, id.to_owned()).map(|value| vec![value]);
    }
    let parts: Vec<&str> = id.split('/').collect();
    if parts.len() != columns.len() {
        return None;
    }
    let plain = |part: &str| part.replace("%2F", "/").replace("%25", "%");
    columns.iter().zip(parts).map(|(column, part)| value(column.values, plain(part))).collect()
}

fn value(values: Values, part: String) -> Option<Val> {
    match values {
        Values::Loose(Affinity::Text) => Some(Val::Text(part)),
        // PostgreSQL refuses the whole statement if there is a U+0000 in it.
        Values::Text | Values::Cast => (!part.contains('\0')).then_some(Val::Text(part)),
        Values::Loose(Affinity::Number) => Some(part.parse().map_or(Val::Text(part), Val::Int)),
        Values::Loose(Affinity::Any) => match part.split_once(':') {
            Some(("t", text)) => Some(Val::from(text)),
            Some(("x", digits)) => bytes(digits).map(Val::Bytes),
            _ => part.parse().ok().map(Val::Int),
        },
        Values::Int => part.parse().ok().filter(|number: &i64| number.to_string() == part).map(Val::Int),
        Values::UInt => part.parse().ok().filter(|number: &u64| number.to_string() == part).map(Val::UInt),
        Values::Decimal => decimal(&part).then_some(Val::Text(part)),
        Values::Uuid => uuid::Uuid::try_parse(&part).ok().map(|_| Val::Text(part)),
        Values::Bytes => part.strip_prefix("x:").and_then(bytes).map(Val::Bytes),
    }
}

/// Digits, with a sign and a point perhaps.
fn decimal(part: &str) -> bool {
    let digits = part.strip_prefix('-').unwrap_or(part);
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all(whole) && all(rest)
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = digits.chars().map(|c| c.to_digit(16)?.try_into().ok()).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn info(kind: Kind, affinity: Affinity) -> ColumnInfo {
        ColumnInfo {
            name: "k".to_owned(),
            declared: "declared".to_owned(),
            kind,
            cast: "its_type".to_owned(),
            affinity,
            max_chars: None,
            max_bytes: None,
            charset: None,
            collation: None,
            equality: crate::source::db::Equality::Exact,
            nullable: false,
            generated: false,
        }
    }

    fn column(affinity: Affinity) -> KeyColumn {
        super::column(Engine::Sqlite, "t", &info(Kind::Text, affinity), Order::Own).unwrap()
    }

    fn typed(engine: Engine, kind: Kind, order: Order) -> KeyColumn {
        super::column(engine, "t", &info(kind, Affinity::Any), order).unwrap()
    }

    #[test]
    fn a_single_key_is_what_people_read() {
        for (affinity, value, text) in [
            (Affinity::Number, Val::Int(42), "42"),
            (Affinity::Text, Val::from("a/b%"), "a/b%"),
            (Affinity::Text, Val::from("42"), "42"),
            (Affinity::Any, Val::from("42"), "t:42"),
            (Affinity::Any, Val::Bytes(vec![0, 255]), "x:00ff"),
        ] {
            let columns = [column(affinity)];
            assert_eq!(encode(&columns, std::slice::from_ref(&value)).unwrap(), text);
            assert_eq!(decode(&columns, text), Some(vec![value]));
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        let two = [column(Affinity::Text), column(Affinity::Number)];
        assert_eq!(decode(&two, "a"), None);
        assert_eq!(decode(&two, "a/1/2"), None);
        assert_eq!(decode(&[column(Affinity::Any)], "x:0"), None);
        assert_eq!(decode(&[column(Affinity::Any)], "zz"), None);
        assert!(encode(&[column(Affinity::Number)], &[Val::Real(0.5)]).is_err());
    }

    #[test]
    fn a_typed_key_takes_what_its_type_takes() {
        for (kind, text, value) in [
            (Kind::Int, "-5", Some(Val::Int(-5))),
            (Kind::Int, "05", None),
            (Kind::Int, "18446744073709551610", None),
            (Kind::UInt, "18446744073709551610", Some(Val::UInt(18_446_744_073_709_551_610))),
            (Kind::UInt, "-5", None),
            (Kind::Decimal, "-12.50", Some(Val::from("-12.50"))),
            (Kind::Decimal, "1e5", None),
            (
                Kind::Uuid,
                "0189f7c0-9a1b-7c3d-8e5f-001122334455",
                Some(Val::from("0189f7c0-9a1b-7c3d-8e5f-001122334455")),
            ),
            (Kind::Uuid, "no uuid", None),
            (Kind::Text, "x:00", Some(Val::from("x:00"))),
            (Kind::Text, "a\0b", None),
            (Kind::Bytes, "x:00ff", Some(Val::Bytes(vec![0, 255]))),
            (Kind::Bytes, "00ff", None),
        ] {
            let columns = [typed(Engine::Postgres, kind, Order::Own)];
            assert_eq!(decode(&columns, text), value.clone().map(|value| vec![value]), "{kind:?} {text}");
            if let Some(value) = value {
                assert_eq!(encode(&columns, &[value]).unwrap(), text);
            }
        }
    }

    #[test]
    fn what_has_no_order_is_no_key() {
        for (engine, kind) in
            [(Engine::Postgres, Kind::Json), (Engine::Postgres, Kind::Real), (Engine::MySql, Kind::Other)]
        {
            let (name, why) = super::column(engine, "t", &info(kind, Affinity::Any), Order::Own).unwrap_err();
            assert!(name == "k" && why.contains("the type declared"), "{why}");
        }
    }

    fn after(columns: &[KeyColumn], key: &[Val]) -> String {
        let mut sql = Sql::new(columns[0].engine, "");
        push_after(&mut sql, columns, key);
        sql.text
    }

    #[test]
    fn pages_are_cut_in_the_order_in_which_rows_are_sorted() {
        let key = [Val::from("a"), Val::Int(1)];
        let two = |engine, order| [typed(engine, Kind::Text, order), typed(engine, Kind::Int, order)];
        assert_eq!(after(&two(Engine::Sqlite, Order::Own), &key), " AND (`t`.`k`, `t`.`k`) > (?1, ?2)");
        assert_eq!(
            after(&two(Engine::Postgres, Order::Own), &key),
            " AND (\"t\".\"k\", \"t\".\"k\") > (CAST($1 AS its_type), $2)"
        );
        assert_eq!(
            after(&two(Engine::Postgres, Order::Bytes), &key),
            " AND (CAST(\"t\".\"k\" AS text) COLLATE \"C\", \"t\".\"k\") > (CAST($1 AS text) COLLATE \"C\", $2)"
        );
        assert_eq!(
            after(&two(Engine::MySql, Order::Own), &key),
            " AND ((`t`.`k` > ?) OR (`t`.`k` = ? AND `t`.`k` > ?))"
        );
        assert_eq!(
            sorted(&two(Engine::MySql, Order::Bytes)),
            "CAST(CONVERT(`t`.`k` USING utf8mb4) AS BINARY), `t`.`k`"
        );
    }

    fn values() -> impl Strategy<Value = (Affinity, Val)> {
        prop_oneof![
            any::<i64>().prop_map(|number| (Affinity::Number, Val::Int(number))),
            ".*".prop_map(|text| (Affinity::Text, Val::Text(text))),
            any::<i64>().prop_map(|number| (Affinity::Any, Val::Int(number))),
            ".*".prop_map(|text| (Affinity::Any, Val::Text(text))),
            any::<Vec<u8>>().prop_map(|bytes| (Affinity::Any, Val::Bytes(bytes))),
        ]
    }

    proptest! {
        #[test]
        fn every_key_comes_back(parts in prop::collection::vec(values(), 1..4)) {
            let columns: Vec<_> = parts.iter().map(|(affinity, _)| column(*affinity)).collect();
            let parts: Vec<_> = parts.into_iter().map(|(_, value)| value).collect();
            let text = encode(&columns, &parts).unwrap();
            prop_assert_eq!(decode(&columns, &text), Some(parts));
        }
    }
}
