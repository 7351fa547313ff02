//! The variables by which Apache's scripts hand options to Java; ours read the system properties in them.

use rkafka_config::system_properties::SystemProperties;

/// The system properties in these variables of the environment.
pub fn system_properties(variables: &[&'static str]) -> SystemProperties {
    let given = variables.iter().filter_map(|name| std::env::var(name).ok().map(|text| (*name, text)));
    SystemProperties::parse(given)
}
