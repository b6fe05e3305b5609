package witness

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxNotes is how many of the last notes the status shows.
const maxNotes = 8

// noteFinding tells of what happened on the ledger.
func (w *witness) noteFinding(f finding) error {
	switch f.kind {
	case findingDisagreement:
		name, added, err := w.disagreements.add(f.about)
		if err != nil {
			return err
		}
		if added {
			w.log.Error("DISAGREEMENT: a body's statement contradicts the own log", "body", f.about.Body, "size", f.about.Size,
				"root", f.about.Root, "block", f.about.Block, "why", f.about.wrong, "txId", f.about.TxID, "file", filepath.Join(w.dir, name))
		}
	case findingReplay:
		w.remark(f.about.Body+" cosigned size ", fmt.Sprintf("%d after a larger one", f.about.Size))
	case findingFlood:
		w.remark(f.about.Body+" has made ", fmt.Sprintf("%d proposals that nobody has a use for", f.count))
	case findingQuorum:
		if f.count < w.quorum {
			return nil // one that was reached before the start, and is read again
		}
		signed, err := signedBy(w.status.Detail.Origin, f.about.Mark, w.core.open[f.about.Size])
		if err != nil {
			return err
		}
		w.unsaved = &signed
		w.log.Info("a quorum has cosigned", "size", f.about.Size, "block", f.about.Block, "root", f.about.Root, "bodies", f.count)
	}
	return nil
}

// remark notes what a body did wrong. It takes the place of what was noted with the same
// beginning, so that a body that does one thing without end hides nothing else.
func (w *witness) remark(beginning, rest string) {
	w.log.Warn(beginning + rest)
	notes := slices.DeleteFunc(w.status.Detail.Notes, func(note string) bool { return strings.HasPrefix(note, beginning) })
	notes = append(notes, beginning+rest)
	w.status.Detail.Notes = slices.Delete(notes, 0, max(0, len(notes)-maxNotes))
}

// reportDue is how long the status file may stay as it is: not for long if it is behind in
// something that people wait for.
func (w *witness) reportDue() time.Duration {
	old, interval := w.status, statusInterval
	_, problem := w.problem("")
	if old.Problem != problem || old.Detail.Quorum != w.core.settled || old.Detail.Cosigned != w.core.stated {
		interval = statusInterval / 8
	}
	return interval - time.Since(old.At)
}

// problem is what to say of how the witness does.
func (w *witness) problem(failure string) (healthy bool, text string) {
	var all []string
	if n := len(w.disagreements.files); n > 0 {
		all = append(all, fmt.Sprintf("bodies DISAGREE about the ledger log: see %s in %s", strings.Join(w.disagreements.files[:min(n, 3)], ", "), w.dir))
	}
	for _, text := range []string{failure, w.waiting, w.keysProblem} {
		if text != "" {
			all = append(all, text)
			break
		}
	}
	return len(all) == 0, strings.Join(all, "; ")
}

// report writes the status file. Its failure is only logged: it is not what a witness is
// for.
func (w *witness) report(failure string) {
	if err := w.disagreements.look(); err != nil {
		w.log.Warn("cannot look for disagreements", "error", err)
	}
	s := &w.status
	s.At = time.Now().UTC()
	s.Healthy, s.Problem = w.problem(failure)
	if failure == "" {
		head, d := w.ledger.Head(), &s.Detail
		s.Height, d.Size, d.Root = head.Blocks, head.Size, head.Root
		d.Cosigned, d.Promised, d.Quorum = w.core.stated, w.core.promise, w.core.settled
		d.Cosigners = slices.AppendSeq([]string{}, maps.Keys(w.core.open[w.core.settled.Size]))
		slices.Sort(d.Cosigners)
		d.Disagreements = append([]string{}, w.disagreements.files...)
		s.Summary = d.summarise()
	}
	if err := s.write(w.dir); err != nil {
		w.log.Warn("cannot write the status", "error", err)
	}
}
