package trail

// Gap is a run of numbers that a source never sent: those after After and before Before.
type Gap struct {
	Source string
	After  int // 0 for the beginning
	Before int
	// Declared is the reason that the source gave; empty when nobody declared the gap,
	// which the ledger does not admit.
	Declared string
}

// Gaps returns the numbers that are missing before each batch, each number once. It
// requires the batches of one trail by source and then by number, all that there are of
// each source, from the first. What a source has not sent yet is no gap.
func Gaps(batches []Batch) []Gap {
	var gaps []Gap
	source, after := "", 0
	for i, b := range batches {
		if i == 0 || b.Source != source {
			source, after = b.Source, 0
		}
		// The batch answers for the numbers after the one that it names as the one
		// before. Others that are missing are missing without a word.
		known := max(after, min(b.Previous, b.Number-1))
		if known > after {
			gaps = append(gaps, Gap{Source: source, After: after, Before: known + 1})
		}
		if known < b.Number-1 {
			gaps = append(gaps, Gap{Source: source, After: known, Before: b.Number, Declared: b.GapReason})
		}
		after = b.Number
	}
	return gaps
}
