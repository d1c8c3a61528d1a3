//! The text that is being written: a page for each view that is in use, as all who have one view are sent the same.
//!
//! A place on a page stays the same while text before it is forgotten, which nobody is due any more.
//!
//! Not here: what of it is due to whom (`fanout`).

use core::mem::take;
use core::ops::Range;
use std::vec::Vec;

use crate::wire::View;

/// The pages that are in use, and places for others.
pub(super) struct Pages {
    pages: Vec<Page>,
    /// How many are in use.
    used: usize,
    /// Bytes on all of them.
    bytes: usize,
    /// Counts the lines that are laid out apart.
    turn: u64,
}

/// The text as those see it who have one view.
struct Page {
    view: View,
    /// How many clients have it. A page that nobody has is used again.
    clients: usize,
    text: Vec<u8>,
    /// The place at which the text begins, and one that has been marked.
    start: usize,
    mark: usize,
    /// The turn at which these rows were laid out.
    turn: u64,
    rows: Range<usize>,
}

impl Page {
    /// The place at which the text ends.
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

impl Pages {
    pub(super) fn new() -> Self {
        Self { pages: Vec::new(), used: 0, bytes: 0, turn: 1 }
    }

    /// Whether so many clients have each page.
    #[cfg(debug_assertions)]
    pub(super) fn check(&self, clients: &[usize]) {
        let used = self.pages.iter().filter(|page| page.clients > 0).count();
        assert_eq!(self.used, used, "pages in use");
        assert!(clients.len() <= self.pages.len(), "a page that is none");
        for (place, page) in self.pages.iter().enumerate() {
            let count = clients.get(place).copied().unwrap_or_default();
            assert_eq!(page.clients, count, "clients of page {place}");
        }
    }

    /// The page for a view, which one more client has now.
    pub(super) fn acquire(&mut self, view: View) -> usize {
        let place = self.pages.iter().position(|page| page.view == view && page.clients > 0);
        let place = place.or_else(|| self.pages.iter().position(|page| page.clients == 0));
        let place = place.unwrap_or_else(|| {
            self.pages.push(Page {
                view,
                clients: 0,
                text: Vec::new(),
                start: 0,
                mark: 0,
                turn: 0,
                rows: 0..0,
            });
            self.pages.len() - 1
        });
        let page = &mut self.pages[place];
        page.view = view;
        self.used += usize::from(page.clients == 0);
        page.clients += 1;
        place
    }

    /// A client has a page no more, nor any share of its text.
    pub(super) fn release(&mut self, place: usize) {
        self.pages[place].clients -= 1;
        self.used -= usize::from(self.pages[place].clients == 0);
    }

    /// In how many ways lines are laid out.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    pub(super) fn view(&self, place: usize) -> View {
        self.pages[place].view
    }

    pub(super) fn text(&self, place: usize, share: Range<usize>) -> &[u8] {
        let Page { text, start, .. } = &self.pages[place];
        if share.is_empty() { &[] } else { &text[share.start - start..share.end - start] }
    }

    /// Bytes on one of them.
    pub(super) fn len_of(&self, place: usize) -> usize {
        self.pages[place].text.len()
    }

    /// Lines are going to be laid out that are others than the last.
    pub(super) fn begin_lines(&mut self) {
        self.turn += 1;
    }

    /// The lines of this turn as rows of a page: laid out when they are first asked for.
    pub(super) fn rows(&mut self, place: usize, lines: &str) -> Range<usize> {
        let page = &mut self.pages[place];
        if page.turn != self.turn {
            page.turn = self.turn;
            let start = page.end();
            page.view.lay_out(lines, &mut page.text);
            page.rows = start..page.end();
            self.bytes += page.rows.len();
        }
        page.rows.clone()
    }

    /// Appends bytes for one client only, which are no lines.
    pub(super) fn append(&mut self, place: usize, bytes: &[u8]) -> Range<usize> {
        let page = &mut self.pages[place];
        let start = page.end();
        page.text.extend_from_slice(bytes);
        self.bytes += bytes.len();
        start..page.end()
    }

    /// Takes the end of a page back, from a place on: nobody has a share of it any more.
    pub(super) fn truncate(&mut self, place: usize, start: usize) {
        let page = &mut self.pages[place];
        self.bytes -= page.end() - start;
        page.text.truncate(start - page.start);
    }

    /// Marks the end of all pages.
    pub(super) fn mark_ends(&mut self) {
        self.pages.iter_mut().for_each(|page| page.mark = page.end());
    }

    /// Forgets the text up to the marks.
    pub(super) fn drop_marked(&mut self) {
        for page in &mut self.pages {
            let count = page.mark.saturating_sub(page.start);
            page.text.drain(..count);
            page.start += count;
            self.bytes -= count;
        }
    }

    /// Bytes on all pages.
    pub(super) fn len(&self) -> usize {
        self.bytes
    }

    /// Forgets all text, and keeps the memory of what is in use.
    pub(super) fn clear(&mut self) {
        self.bytes = 0;
        for page in &mut self.pages {
            (page.start, page.mark) = (0, 0);
            page.text.clear();
            if page.clients == 0 {
                drop(take(&mut page.text));
            }
        }
    }
}
