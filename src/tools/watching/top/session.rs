//! Pure: where the person is: which view, what is selected, how it is sorted and filtered; and what keys do to that.

use super::{
    keys::Key,
    model::Model,
    views::{Kind, Of, Table, View},
};

/// How many views may lie on each other: views, what is in a row of them, and what is in that.
const MAX_DEPTH: usize = 4;
/// How long a filter may be.
const MAX_FILTER: usize = 200;

/// A view as it is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    pub view: View,
    /// The place of the column that rows are sorted by.
    pub sort: usize,
    pub descending: bool,
    /// The key of the selected row; the first row if it is gone.
    selected: Option<String>,
    pub filter: String,
}

impl Level {
    fn of(view: View) -> Level {
        let (sort, descending) = view.first_order();
        Level { view, sort, descending, selected: None, filter: String::new() }
    }

    /// The rows to be seen.
    pub fn table(&self, model: &Model) -> Table {
        let mut table = self.view.table(model);
        table.filter(&self.filter);
        table.sort(self.sort, self.descending);
        table
    }

    /// The place of the selected row.
    pub fn selected(&self, table: &Table) -> usize {
        let wanted = self.selected.as_deref();
        table.rows.iter().position(|row| Some(row.key.as_str()) == wanted).unwrap_or(0)
    }
}

/// What a key asks for beyond the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Nothing,
    Leave,
    /// Ctrl-C.
    Interrupt,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    levels: Vec<Level>,
    /// Letters go into the filter.
    pub is_typing: bool,
}

impl Session {
    pub fn begin(view: View) -> Session {
        Session { levels: vec![Level::of(view)], is_typing: false }
    }

    /// What is looked at.
    pub fn level(&self) -> &Level {
        // There is always one: the first is never taken away.
        &self.levels[self.levels.len() - 1]
    }

    fn level_mut(&mut self) -> &mut Level {
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    /// Whether there is something to go back to.
    pub fn is_inside(&self) -> bool {
        self.levels.len() > 1
    }

    /// Takes a key. `page` is how many rows the screen shows.
    pub fn press(&mut self, key: Key, model: &Model, page: usize) -> Wanted {
        if key == Key::Interrupt {
            return Wanted::Interrupt;
        }
        if self.is_typing {
            self.type_filter(key);
            return Wanted::Nothing;
        }
        let page = isize::try_from(page.max(1)).unwrap_or(isize::MAX);
        match key {
            Key::Character('q') => return Wanted::Leave,
            Key::Character('b' | '1') => self.show(View::Brokers),
            Key::Character('t' | '2') => self.show(View::Topics),
            Key::Character('p' | '3') => self.show(View::Partitions(Of::All)),
            Key::Character('g' | '4') => self.show(View::Groups),
            Key::Tab => self.show(match self.levels[0].view {
                View::Brokers => View::Topics,
                View::Topics => View::Partitions(Of::All),
                View::Partitions(_) => View::Groups,
                _ => View::Brokers,
            }),
            Key::Character('/') => self.is_typing = true,
            Key::Character('r') => self.level_mut().descending ^= true,
            Key::Character('m') => self.turn_group(),
            Key::Left => self.sort_by(-1),
            Key::Right => self.sort_by(1),
            Key::Up | Key::Character('k') => self.select(model, -1),
            Key::Down | Key::Character('j') => self.select(model, 1),
            Key::PageUp => self.select(model, -page),
            Key::PageDown => self.select(model, page),
            Key::First => self.select(model, isize::MIN),
            Key::Last => self.select(model, isize::MAX),
            Key::Enter => self.enter(model),
            Key::Escape | Key::Backspace => self.back(),
            Key::Character(_) | Key::Interrupt => {}
        }
        Wanted::Nothing
    }

    fn type_filter(&mut self, key: Key) {
        let filter = &mut self.level_mut().filter;
        match key {
            Key::Character(c) if filter.len() + c.len_utf8() <= MAX_FILTER => filter.push(c),
            Key::Backspace => drop(filter.pop()),
            Key::Enter => self.is_typing = false,
            Key::Escape => {
                filter.clear();
                self.is_typing = false;
            }
            _ => {}
        }
    }

    fn show(&mut self, view: View) {
        self.levels = vec![Level::of(view)];
    }

    /// Sorts by the next column to the right or left that can be sorted by.
    fn sort_by(&mut self, step: isize) {
        let level = self.level_mut();
        let columns = level.view.columns();
        let mut place = level.sort;
        while let Some(next) = place.checked_add_signed(step).filter(|next| *next < columns.len()) {
            place = next;
            if columns[place].kind != Kind::Spark {
                level.sort = place;
                level.descending = columns[place].kind == Kind::Number;
                return;
            }
        }
    }

    fn select(&mut self, model: &Model, step: isize) {
        let level = self.level_mut();
        let table = level.table(model);
        let place = level.selected(&table).saturating_add_signed(step).min(table.rows.len().saturating_sub(1));
        level.selected = table.rows.get(place).map(|row| row.key.clone());
    }

    fn enter(&mut self, model: &Model) {
        let level = self.level_mut();
        let table = level.table(model);
        let Some(row) = table.rows.get(level.selected(&table)) else { return };
        level.selected = Some(row.key.clone());
        if let Some(inside) = row.inside.clone().filter(|_| self.levels.len() < MAX_DEPTH) {
            self.levels.push(Level::of(inside));
        }
    }

    /// A filter is taken away first.
    fn back(&mut self) {
        if !self.level().filter.is_empty() {
            self.level_mut().filter.clear();
        } else if self.is_inside() {
            self.levels.pop();
        }
    }

    /// From a group's partitions to its members and back.
    fn turn_group(&mut self) {
        let turned = match &self.level().view {
            View::GroupPartitions(group) => View::GroupMembers(group.clone()),
            View::GroupMembers(group) => View::GroupPartitions(group.clone()),
            _ => return,
        };
        *self.level_mut() = Level::of(turned);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::model::tests::{model, sample},
        *,
    };

    fn press(session: &mut Session, model: &Model, keys: &[Key]) -> Wanted {
        keys.iter().map(|key| session.press(*key, model, 10)).last().unwrap_or(Wanted::Nothing)
    }

    fn selected(session: &Session, model: &Model) -> String {
        let table = session.level().table(model);
        table.rows[session.level().selected(&table)].key.clone()
    }

    #[test]
    fn down_into_a_topic_and_back() {
        let model = model([sample(0, 100, 50), sample(2, 300, 250)]);
        let mut session = Session::begin(View::Topics);
        press(&mut session, &model, &[Key::Down, Key::Enter]);
        assert_eq!(session.level().view, View::Partitions(Of::Topic("u".into())));
        press(&mut session, &model, &[Key::Enter, Key::Escape]);
        assert_eq!((&session.level().view, selected(&session, &model)), (&View::Topics, "u".to_owned()));
        press(&mut session, &model, &[Key::Escape, Key::First]);
        assert_eq!((&session.level().view, selected(&session, &model)), (&View::Topics, "t".to_owned()));
        press(&mut session, &model, &[Key::Last, Key::PageDown]);
        assert_eq!(selected(&session, &model), "u");
    }

    #[test]
    fn what_is_selected_stays_so_when_rows_move() {
        let model = model([sample(0, 100, 50), sample(2, 300, 250)]);
        let mut session = Session::begin(View::Topics);
        press(&mut session, &model, &[Key::Down]);
        assert_eq!(selected(&session, &model), "u");
        press(&mut session, &model, &[Key::Character('r')]);
        assert_eq!(selected(&session, &model), "u");
        assert_eq!(session.level().table(&model).rows[0].key, "u");
    }

    #[test]
    fn typing_a_filter() {
        let model = model([sample(0, 100, 50)]);
        let mut session = Session::begin(View::Topics);
        press(&mut session, &model, &[Key::Character('/'), Key::Character('q'), Key::Backspace, Key::Character('U')]);
        assert!(session.is_typing);
        assert_eq!(session.level().table(&model).rows.len(), 1);
        press(&mut session, &model, &[Key::Enter, Key::Escape]);
        assert_eq!((session.is_typing, session.level().filter.as_str()), (false, ""));
        press(&mut session, &model, &[Key::Character('/'), Key::Character('x'), Key::Escape]);
        assert_eq!((session.is_typing, session.level().filter.as_str()), (false, ""));
    }

    #[test]
    fn views_sorting_and_leaving() {
        let model = model([sample(0, 100, 50)]);
        let mut session = Session::begin(View::Brokers);
        press(&mut session, &model, &[Key::Right, Key::Right]);
        assert_eq!((session.level().sort, session.level().descending), (2, true));
        press(&mut session, &model, &[Key::Left, Key::Left, Key::Left]);
        assert_eq!((session.level().sort, session.level().descending), (0, false));
        press(&mut session, &model, &[Key::Right; 40]);
        assert_eq!(session.level().sort, 8, "a picture is nothing to sort by");
        press(&mut session, &model, &[Key::Tab, Key::Tab, Key::Tab]);
        assert_eq!(session.level().view, View::Groups);
        press(&mut session, &model, &[Key::Enter, Key::Character('m')]);
        assert_eq!(session.level().view, View::GroupMembers("g".to_owned()));
        press(&mut session, &model, &[Key::Character('m'), Key::Character('m'), Key::Backspace]);
        assert_eq!(session.level().view, View::Groups);
        assert_eq!(press(&mut session, &model, &[Key::Character('q')]), Wanted::Leave);
        assert_eq!(press(&mut session, &model, &[Key::Character('/'), Key::Interrupt]), Wanted::Interrupt);
    }
}
