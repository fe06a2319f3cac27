//! Stories that every database engine must live through.

mod source;
