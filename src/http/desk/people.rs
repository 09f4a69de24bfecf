//! Finding people.

use maud::{Markup, html};

use super::layout::{Place, page};
use super::sheet::{found_person, search_form};
use super::view::Viewer;
use crate::engine::PersonRow;
use crate::http::texts::Texts;

/// The page; none as found: nobody was looked for yet.
pub fn people(query: &str, found: Option<&[PersonRow]>, viewer: &Viewer, t: &Texts) -> Markup {
    let main = html! {
        h1 { (t.get("desk-people")) }
        p.hint { (t.get("desk-people-lead")) }
        (search_form("/desk/people", query, t))
        @match found {
            None => {}
            Some([]) => { p.empty { (t.get("desk-people-none")) } }
            Some(found) => { ul.rows #people { @for row in found { li.row { (found_person(row, t)) } } } }
        }
    };
    page(&t.get("desk-people"), Place::People, viewer, t, &main)
}
