"""One page's block of a bitmap chunk: its free runs and the record that the kernel keeps of them (pcpu_block_md).

Positions and lengths are granules (bits of the kernel's map) from the block's start. The record is a hint: some fields keep old
values when the kernel does not reset them, and later decisions compare them, so they are kept to the letter.
"""

from bisect import bisect_left


class Block:
    """Free runs of one page, and the record.

    ``starts`` and ``lens`` are the free runs, ascending. ``sizes`` maps the start of each area that begins here to its length. ``contig``,
    ``contig_start``, ``scan``, ``scan_start``, ``left``, ``right`` and ``first_free`` are the kernel's fields. A block
    with ``shared`` set stands in several chunks at once: copy before writing.
    """

    __slots__ = (
        "contig",
        "contig_start",
        "first_free",
        "left",
        "lens",
        "right",
        "scan",
        "scan_start",
        "shared",
        "sizes",
        "starts",
    )

    def __init__(self, width: int, *, shared: bool = False) -> None:
        self.starts = [0]
        self.lens = [width]
        self.sizes: dict[int, int] = {}
        self.contig = self.left = self.right = width
        self.contig_start = self.scan = self.scan_start = self.first_free = 0
        self.shared = shared

    def copy(self) -> "Block":
        """Return a copy that may be written to."""
        twin = object.__new__(type(self))
        twin.starts = self.starts.copy()
        twin.lens = self.lens.copy()
        twin.sizes = self.sizes.copy()
        twin.contig, twin.contig_start = self.contig, self.contig_start
        twin.scan, twin.scan_start = self.scan, self.scan_start
        twin.left, twin.right, twin.first_free = self.left, self.right, self.first_free
        twin.shared = False
        return twin

    def learn(self, s: int, e: int, width: int) -> None:  # noqa: C901 - one rule with many cases
        """Take note that [s, e) is a free run (mm/percpu.c:pcpu_block_update, 5.2 on)."""
        length = e - s
        if s < self.first_free:
            self.first_free = s
        if s == 0:
            self.left = length
        if e == width:
            self.right = length
        contig, start, scan = self.contig, self.contig_start, self.scan
        if length > contig:
            if s <= start:
                self.scan = 0
            elif contig > scan:
                self.scan_start, self.scan = start, contig
            elif s < self.scan_start:
                self.scan = 0
            self.contig, self.contig_start = length, s
        elif length == contig:
            if start and (not s or s & -s > start & -start):
                self.contig_start = s
                if s < self.scan_start and contig > scan:
                    self.scan = 0
            elif s > self.scan_start or contig > scan:
                self.scan_start, self.scan = s, length
        elif s < start and (length > scan or (length == scan and s > self.scan_start)):
            self.scan_start, self.scan = s, length

    def refresh(self, width: int) -> None:  # noqa: C901, PLR0912 - the hot path, kept in one frame
        """Find contig and scan anew (pcpu_block_refresh_hint, 5.2 on): from the scan run on if there is one, else from the first free.

        The kernel learns every run from there on in ascending order. Of those only two lengths leave a trace: the longest of all, and
        the longest before the longest's first occurrence; so only runs of these two lengths are learnt here.
        """
        starts, lens = self.starts, self.lens
        self.right = 0
        before = self.scan
        if before:
            self.contig, self.contig_start = before, self.scan_start
            self.scan = 0
            at = self.scan_start + before
            k = bisect_left(starts, at)
            if k and starts[k - 1] + lens[k - 1] > at:  # the scan run was but the front of this run
                self._learn_from(at, k - 1, width)
                return
        else:
            self.contig = k = 0
        runs = len(starts) - k
        if not runs:
            return
        if not k and not starts[0]:
            self.left = lens[0]
        longest = lens[-1]
        if starts[-1] + longest == width:
            self.right = longest
        if runs == 1:
            p = k
        else:
            rest = lens[k:] if k else lens
            longest = max(rest)
            p = k + rest.index(longest)
            if p > k and longest > before:
                second = max(lens[k:p])
                if second >= before:
                    self._learn_equal(k, p, second, width)
        if longest > before:
            if self.contig > self.scan:
                self.scan_start, self.scan = self.contig_start, self.contig
            self.contig, self.contig_start = longest, starts[p]
            p += 1
        if longest >= before and p < len(starts):
            self._learn_equal(p, len(lens), longest, width)

    def _learn_from(self, at: int, k: int, width: int) -> None:
        """Learn the part of run number ``k`` from ``at`` on, and all runs after it."""
        for s, length in zip(self.starts[k:], self.lens[k:], strict=True):
            self.learn(max(s, at), s + length, width)

    def _learn_equal(self, k: int, end: int, length: int, width: int) -> None:
        """Learn the runs number k to end-1 that are ``length`` long."""
        starts, lens = self.starts, self.lens
        for _ in range(lens[k:end].count(length)):
            k = lens.index(length, k)
            self.learn(starts[k], starts[k] + length, width)
            k += 1

    def record(self) -> tuple[int, ...]:
        """Return the kernel's fields: contig, its start, scan, its start, left, right, first free."""
        return (self.contig, self.contig_start, self.scan, self.scan_start, self.left, self.right, self.first_free)
