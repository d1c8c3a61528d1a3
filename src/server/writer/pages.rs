//! The text that is being sent: one page for each view in use, because all clients with the same view
//! are sent the same bytes.
//!
//! A position on a page stays valid while text before it is dropped, once no client has a share of that.
//!
//! Not here: which client has which share (`fanout`).

use core::mem::take;
use core::ops::Range;
use std::vec::Vec;

use crate::wire::View;

/// All pages. Those without clients are reused.
pub(super) struct Pages {
    pages: Vec<Page>,
    /// The number of pages in use.
    used: usize,
    /// The number of bytes on all pages.
    bytes: usize,
    /// Counts the calls of [`Self::begin_lines`].
    lines: u64,
}

/// The text laid out for one view.
struct Page {
    view: View,
    /// The number of clients with this page.
    clients: usize,
    text: Vec<u8>,
    /// The position of the beginning of the text.
    start: usize,
    /// The position that was marked last.
    mark: usize,
    /// The lines that were laid out last, by their number, and the rows that they became.
    lines: u64,
    rows: Range<usize>,
}

impl Page {
    /// The position of the end of the text.
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

impl Pages {
    pub(super) fn new() -> Self {
        Self { pages: Vec::new(), used: 0, bytes: 0, lines: 1 }
    }

    /// Checks the number of clients of each page.
    #[cfg(debug_assertions)]
    pub(super) fn check(&self, clients: &[usize]) {
        let used = self.pages.iter().filter(|page| page.clients > 0).count();
        assert_eq!(self.used, used, "pages in use");
        assert!(clients.len() <= self.pages.len(), "a client has a page that does not exist");
        for (place, page) in self.pages.iter().enumerate() {
            let count = clients.get(place).copied().unwrap_or_default();
            assert_eq!(page.clients, count, "clients of page {place}");
        }
    }

    /// Adds a client to the page for a view, and returns the index of the page.
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
                lines: 0,
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

    /// Removes a client, which has no share of the text any more, from a page.
    pub(super) fn release(&mut self, place: usize) {
        self.pages[place].clients -= 1;
        self.used -= usize::from(self.pages[place].clients == 0);
    }

    /// The number of pages in use, which is how often each line is laid out at most.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// The view of a page.
    pub(super) fn view(&self, place: usize) -> View {
        self.pages[place].view
    }

    /// The bytes of a share of a page.
    pub(super) fn text(&self, place: usize, share: Range<usize>) -> &[u8] {
        let Page { text, start, .. } = &self.pages[place];
        if share.is_empty() { &[] } else { &text[share.start - start..share.end - start] }
    }

    /// The number of bytes on one page.
    pub(super) fn len_of(&self, place: usize) -> usize {
        self.pages[place].text.len()
    }

    /// Begins new lines: from now on, [`Self::rows`] lays them out instead of returning the last rows.
    pub(super) fn begin_lines(&mut self) {
        self.lines += 1;
    }

    /// The share of a page with these lines as rows. They are laid out at the first call after
    /// [`Self::begin_lines`]. Until that is called again, the lines must be the same.
    pub(super) fn rows(&mut self, place: usize, lines: &str) -> Range<usize> {
        let page = &mut self.pages[place];
        if page.lines != self.lines {
            page.lines = self.lines;
            let start = page.end();
            page.view.lay_out(lines, &mut page.text);
            page.rows = start..page.end();
            self.bytes += page.rows.len();
        }
        page.rows.clone()
    }

    /// Appends bytes that are not lines, for a single client. Returns their share of the page.
    pub(super) fn append(&mut self, place: usize, bytes: &[u8]) -> Range<usize> {
        let page = &mut self.pages[place];
        let start = page.end();
        page.text.extend_from_slice(bytes);
        self.bytes += bytes.len();
        start..page.end()
    }

    /// Removes the text of a page from a position on, of which no client has a share any more.
    pub(super) fn truncate(&mut self, place: usize, start: usize) {
        let page = &mut self.pages[place];
        self.bytes -= page.end() - start;
        page.text.truncate(start - page.start);
    }

    /// Marks the end of all pages.
    pub(super) fn mark_ends(&mut self) {
        self.pages.iter_mut().for_each(|page| page.mark = page.end());
    }

    /// Drops the text before the marks.
    pub(super) fn drop_marked(&mut self) {
        for page in &mut self.pages {
            let count = page.mark.saturating_sub(page.start);
            page.text.drain(..count);
            page.start += count;
            self.bytes -= count;
        }
    }

    /// The number of bytes on all pages.
    pub(super) fn len(&self) -> usize {
        self.bytes
    }

    /// Drops all text. Pages in use keep their memory.
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
