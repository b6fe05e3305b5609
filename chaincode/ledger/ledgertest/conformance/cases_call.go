package conformance

import (
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

func callCases() []Case {
	return []Case{
		{"the chaincode's refusal keeps status and message, and writes nothing", func(s *script) {
			k := s.key("k")
			for _, status := range []int32{400, 404, 499, 500, 599} {
				s.refused(s.as(s.a).endorseError(put(k, "one"), respond(status, "NOT_FOUND: a sentence")), status, "NOT_FOUND: a sentence")
				_, err := s.ledger.Evaluate(s.ctx, s.as(s.a).with([]scripted.Op{respond(status, "NOT_FOUND: a sentence")}))
				s.refused(err, status, "NOT_FOUND: a sentence")
			}
			require.Nil(s, s.value(s.a, k))
		}},
		{"a status from 200 to 399 is a success, one below a refusal", func(s *script) {
			for _, status := range []int32{statusOK, 399} {
				tx, err := s.ledger.Endorse(s.ctx, s.as(s.a).with([]scripted.Op{
					{Kind: scripted.Respond, Status: status, Message: "fine", Value: []byte("payload")},
				}))
				require.NoError(s, err)
				require.Equal(s, "payload", string(tx.Result()))
			}
			s.refused(s.as(s.a).endorseError(respond(199, "too low")), 199, "too low")
		}},
		{"an empty answer is one", func(s *script) {
			payload, err := s.ledger.Evaluate(s.ctx, s.as(s.a).with([]scripted.Op{respond(statusOK, "")}))
			require.NoError(s, err)
			require.Empty(s, payload)
		}},
		{"the chaincode knows its transaction", func(s *script) {
			tx := s.as(s.a).endorse(do(scripted.Transaction), put(s.key("k"), "one"))
			s.commit(valid, tx)
			context := s.decode(tx.Result())[0].Context
			require.Equal(s, tx.TransactionID(), context.ID)
			require.Regexp(s, "^[0-9a-f]{64}$", context.ID)
			require.NotEmpty(s, context.Channel)
			require.Positive(s, context.Seconds)
			require.Equal(s, scripted.Function, context.Function)
			require.Equal(s, 1, context.Args)
		}},
		{"transient data reaches the chaincode", func(s *script) {
			ask := scripted.Op{Kind: scripted.Transient, Type: "secret"}
			r := s.as(s.a).transient("secret", []byte("\x00value")).evaluate(ask)[0]
			require.Equal(s, "\x00value", string(r.Value))
			require.False(s, s.as(s.a).evaluate(ask)[0].Found)
			r = s.as(s.a).transient("secret", []byte("v")).at(s.a).submit(ask, in(implicit(s.a), put(s.key("k"), "v")))[0]
			require.Equal(s, "v", string(r.Value))
		}},
		{"transient data goes to the members of the collections that are written", func(s *script) {
			own := implicit(s.a)
			s.as(s.a).transient("secret", []byte("v")).submit(in(own, put(s.key("k"), "v")))
			err := s.as(s.a).transient("secret", []byte("v")).endorseError(in(own, put(s.key("k"), "v")), put(s.key("k"), "public"))
			require.ErrorContains(s, err, "requires endorsement from organisation(s) that are not in the distribution policy of the private data collection(s)")
		}},
		{"the caller's body, name and role come from the certificate", func(s *script) {
			for _, body := range []string{s.a, s.b} {
				caller := s.as(body).evaluate(do(scripted.Caller))[0].Caller
				require.Equal(s, body, caller.MSPID)
				require.NotEmpty(s, caller.Name)
				require.Contains(s, caller.Units, "client")
			}
		}},
		{"the caller's attributes come from the certificate", func(s *script) {
			ask := scripted.Op{Kind: scripted.Attribute, Type: attributeNotary}
			r := s.as(s.a).evaluate(ask)[0]
			require.True(s, r.Found)
			require.Equal(s, "true", string(r.Value))
			require.False(s, s.as(s.a).user(UserReader).evaluate(ask)[0].Found)
			require.False(s, s.as(s.a).evaluate(scripted.Op{Kind: scripted.Attribute, Type: "psbc.nothing"})[0].Found)
		}},
		{"a chaincode that does not exist cannot be called", func(s *script) {
			r := s.as(s.a).evaluate(scripted.Op{Kind: scripted.Invoke, Type: "nowhere", Attributes: raw([]string{"f"})})[0]
			require.EqualValues(s, statusChaincode, r.Status)
			require.Contains(s, string(r.Value), "INVOKE_CHAINCODE failed: transaction ID: ")
			require.Contains(s, string(r.Value), "failed to get chaincode container info for nowhere")
		}},
		{"endorsers that disagree make no transaction", func(s *script) {
			err := s.as(s.a).endorseError(scripted.Op{Kind: scripted.Random, Key: s.key("k")})
			require.ErrorContains(s, err, "ProposalResponsePayloads do not match")
		}},
	}
}

func eventCases() []Case {
	return []Case{
		{"a valid transaction has one event, the last that it set", func(s *script) {
			first := s.as(s.a).endorse(put(s.key("k"), "one"), event("first", "1"), event("second", "2"))
			from := s.commit(valid, first).Block
			silent := s.as(s.a).endorse(put(s.key("k"), "two"))
			s.commit(valid, silent)
			last := s.as(s.b).endorse(put(s.key("k"), "three"), event("end", ""))
			s.commit(valid, last)
			require.Equal(s, []Event{
				{first.TransactionID(), "second", []byte("2")},
				{last.TransactionID(), "end", nil},
			}, s.events(from, first, silent, last))
		}},
		{"an invalid transaction has no event", func(s *script) {
			k := s.key("k")
			stale := s.as(s.a).endorse(get(k), put(k, "stale"), event("stale", ""))
			from := s.commit(valid, s.as(s.a).endorse(put(k, "one"))).Block
			s.commit(mvccConflict, stale)
			last := s.as(s.a).endorse(put(k, "three"), event("end", ""))
			s.commit(valid, last)
			require.Equal(s, []Event{{last.TransactionID(), "end", nil}}, s.events(from, stale, last))
		}},
		{"an event needs a name", func(s *script) {
			require.Equal(s, "event name can not be empty string", s.as(s.a).evaluate(event("", "x"))[0].Error)
		}},
	}
}

// events returns the events of the transactions; the last of them has one.
func (s *script) events(from uint64, txs ...Endorsed) []Event {
	events, err := s.ledger.Events(s.ctx, from, txs[len(txs)-1].TransactionID())
	require.NoError(s, err)
	var mine []Event
	for _, e := range events {
		for _, tx := range txs {
			if e.TransactionID == tx.TransactionID() {
				if len(e.Payload) == 0 {
					e.Payload = nil
				}
				mine = append(mine, e)
			}
		}
	}
	return mine
}
