package witness

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// chaincode is the one in which witnesses speak, and the namespace of what they say.
const chaincode = "checkpoint"

// factsOf tells what a block that the log has means to a witness of the log's origin.
func factsOf(log ledgerlog.Source, origin string, b *block.Block) (facts, error) {
	size, err := log.SizeAt(b.Number)
	if err != nil {
		return facts{}, err
	}
	root, err := log.Root(size)
	if err != nil {
		return facts{}, err
	}
	before := uint64(0)
	if b.Number > 0 {
		if before, err = log.SizeAt(b.Number - 1); err != nil {
			return facts{}, err
		}
	}
	f := facts{Mark: Mark{Size: size, Root: root, Block: b.Number}}
	for _, t := range b.Transactions {
		f.matter = f.matter || !ofWitnesses(t)
		if !t.Valid {
			continue
		}
		for _, w := range t.Writes {
			statement, about, err := statementOf(w, origin)
			if !about {
				continue
			}
			statement.TxID = t.ID
			s := judged{Statement: statement}
			if err != nil {
				s.Body, s.wrong = t.Creator, err.Error()
			} else if err := s.judge(log, before); err != nil {
				return facts{}, err
			}
			f.statements = append(f.statements, s)
		}
	}
	return f, nil
}

// ofWitnesses says whether a transaction is one that witnesses make. Whatever became of
// it, no checkpoint has to be made for it.
func ofWitnesses(t block.Transaction) bool {
	if t.Chaincode != chaincode {
		return false
	}
	for _, w := range t.Writes {
		if w.Namespace != chaincode {
			return false
		}
	}
	return true
}

// statementOf reads a write, if it is one of a statement about the log of that origin.
func statementOf(w block.Write, origin string) (s Statement, about bool, err error) {
	prefix := []byte("\x00" + checkpoint.TypeCosigned + "\x00")
	if w.Namespace != chaincode || w.Kind != evidence.KindWrite || w.Deleted || !bytes.HasPrefix(w.Key, prefix) {
		return Statement{}, false, nil
	}
	c, err := checkpoint.DecodeCosigned(w.Value)
	if err != nil {
		return Statement{}, true, err
	}
	if c.Origin != origin {
		return Statement{}, false, nil
	}
	root, err := tlog.ParseHash(c.Root)
	if err != nil {
		return Statement{}, true, err
	}
	return Statement{
		Body:         c.Body,
		Mark:         Mark{Size: c.Size, Root: root, Block: c.Block},
		Cosignatures: c.Cosignatures,
	}, true, nil
}

// judge compares the statement with the log as it was when it had so many entries: nobody
// who said something in the next block can have seen more.
func (s *judged) judge(log ledgerlog.Source, before uint64) error {
	if s.Size > before {
		s.wrong = fmt.Sprintf("the log had only %d entries then", before)
		return nil
	}
	own, err := log.Root(s.Size)
	if err != nil {
		return err
	}
	s.own = &own
	end, err := log.SizeAt(s.Block)
	switch {
	case errors.Is(err, ledgerlog.ErrNotFound):
		s.wrong = fmt.Sprintf("there is no block %d", s.Block)
	case err != nil:
		return err
	case own != s.Root:
		s.wrong = "the own log has another root of that size"
	case end != s.Size:
		s.wrong = fmt.Sprintf("the log has %d entries at the end of block %d", end, s.Block)
	}
	return nil
}
