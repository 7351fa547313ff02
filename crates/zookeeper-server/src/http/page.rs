//! The page that says what went wrong, with the words and the table that Jetty's has.

use super::Reply;

/// The headline of a status, and what it says about the address.
pub fn error_page(status: u16, message: &str, path: &str) -> Reply {
    let (message, path) = (escape(message), escape(path));
    let page = format!(
        "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=ISO-8859-1\"/>\n\
         <title>Error {status} {message}</title>\n</head>\n<body><h2>HTTP ERROR {status} {message}</h2>\n<table>\n\
         <tr><th>URI:</th><td>{path}</td></tr>\n<tr><th>STATUS:</th><td>{status}</td></tr>\n\
         <tr><th>MESSAGE:</th><td>{message}</td></tr>\n</table>\n\n</body>\n</html>\n"
    );
    let mut reply = Reply::new(status, "text/html;charset=iso-8859-1", page);
    reply.headers.push(("cache-control", "must-revalidate,no-cache,no-store".to_owned()));
    reply
}

/// As text in HTML; characters that the page's encoding lacks are written as numbers.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_ascii() => escaped.push(c),
            c => escaped.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    escaped
}
