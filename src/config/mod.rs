//! Properties files, and the definitions of every key: name, type, default, range.
