//! The text of a batch: a page for each view that is in use, as all who have one view are sent the same.
//!
//! Not here: what of it is due to whom (`fanout`).

use core::mem::take;
use core::ops::Range;
use std::vec::Vec;

use crate::wire::View;

/// The pages that are in use, and places for others.
pub(super) struct Pages {
    pages: Vec<Page>,
    /// Bytes on all of them.
    bytes: usize,
    /// Counts the lines that are laid out apart.
    turn: u64,
}

/// The text of a batch as those see it who have one view.
struct Page {
    view: View,
    /// How many clients have it. A page that nobody has is used again.
    clients: usize,
    text: Vec<u8>,
    /// The turn at which these rows were laid out.
    turn: u64,
    rows: Range<usize>,
}

impl Pages {
    pub(super) fn new() -> Self {
        Self { pages: Vec::new(), bytes: 0, turn: 1 }
    }

    /// The page for a view, which one more client has now.
    pub(super) fn enter(&mut self, view: View) -> usize {
        let place = self.pages.iter().position(|page| page.view == view && page.clients > 0);
        let place = place.or_else(|| self.pages.iter().position(|page| page.clients == 0));
        let place = place.unwrap_or_else(|| {
            self.pages.push(Page { view, clients: 0, text: Vec::new(), turn: 0, rows: 0..0 });
            self.pages.len() - 1
        });
        let page = &mut self.pages[place];
        page.view = view;
        page.clients += 1;
        place
    }

    /// A client has a page no more, nor any share of its text.
    pub(super) fn leave(&mut self, place: usize) {
        self.pages[place].clients -= 1;
    }

    pub(super) fn view(&self, place: usize) -> View {
        self.pages[place].view
    }

    pub(super) fn text(&self, place: usize) -> &[u8] {
        &self.pages[place].text
    }

    /// Lines are going to be laid out that are others than the last.
    pub(super) fn turn(&mut self) {
        self.turn += 1;
    }

    /// The lines of this turn as rows of a page: laid out when they are first asked for.
    pub(super) fn rows(&mut self, place: usize, lines: &str) -> Range<usize> {
        let page = &mut self.pages[place];
        if page.turn != self.turn {
            page.turn = self.turn;
            let start = page.text.len();
            page.view.lay_out(lines, &mut page.text);
            page.rows = start..page.text.len();
            self.bytes += page.rows.len();
        }
        page.rows.clone()
    }

    /// Appends bytes for one client only, which are no lines.
    pub(super) fn append(&mut self, place: usize, bytes: &[u8]) -> Range<usize> {
        let text = &mut self.pages[place].text;
        let start = text.len();
        text.extend_from_slice(bytes);
        self.bytes += bytes.len();
        start..text.len()
    }

    /// Takes the end of a page back, from a place on: nobody has a share of it any more.
    pub(super) fn take_back(&mut self, place: usize, start: usize) {
        let text = &mut self.pages[place].text;
        self.bytes -= text.len() - start;
        text.truncate(start);
    }

    /// Bytes on all pages.
    pub(super) fn len(&self) -> usize {
        self.bytes
    }

    /// Forgets all text, and keeps the memory of what is in use.
    pub(super) fn clear(&mut self) {
        self.bytes = 0;
        for page in &mut self.pages {
            page.text.clear();
            if page.clients == 0 {
                drop(take(&mut page.text));
            }
        }
    }
}
