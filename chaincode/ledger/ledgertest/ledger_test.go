package ledgertest_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/cid"
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

const (
	valid       = peer.TxValidationCode_VALID
	mvcc        = peer.TxValidationCode_MVCC_READ_CONFLICT
	phantom     = peer.TxValidationCode_PHANTOM_READ_CONFLICT
	notEndorsed = peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE
	duplicate   = peer.TxValidationCode_DUPLICATE_TXID
)

// script is the argument of the conformance chaincode.
func script(t require.TestingT, ops ...scripted.Op) string {
	encoded, err := json.Marshal(ops)
	require.NoError(t, err)
	return string(encoded)
}

func put(key, value string) scripted.Op {
	return scripted.Op{Kind: scripted.Put, Key: []byte(key), Value: []byte(value)}
}

func get(key string) scripted.Op { return scripted.Op{Kind: scripted.Get, Key: []byte(key)} }

func del(key string) scripted.Op { return scripted.Op{Kind: scripted.Delete, Key: []byte(key)} }

func list(start, end string) scripted.Op {
	return scripted.Op{Kind: scripted.Range, Start: []byte(start), End: []byte(end)}
}

func policy(t require.TestingT, key string, n int, bodies ...string) scripted.Op {
	encoded, err := proto.Marshal(ledgertest.OutOf(n, bodies...))
	require.NoError(t, err)
	return scripted.Op{Kind: scripted.SetPolicy, Key: []byte(key), Value: encoded}
}

func in(collection string, op scripted.Op) scripted.Op {
	op.Collection = collection
	return op
}

// endorse and submit expect every operation to succeed.
func endorse(t require.TestingT, c *ledgertest.Client, ops ...scripted.Op) *ledgertest.Transaction {
	tx, err := c.Endorse(scripted.Function, script(t, ops...))
	require.NoError(t, err)
	results(t, tx.Payload, true)
	return tx
}

func submit(t require.TestingT, c *ledgertest.Client, ops ...scripted.Op) *ledgertest.Result {
	result, err := c.Submit(scripted.Function, script(t, ops...))
	require.NoError(t, err)
	results(t, result.Payload, true)
	return result
}

func evaluate(t require.TestingT, c *ledgertest.Client, ops ...scripted.Op) []scripted.Result {
	payload, err := c.Evaluate(scripted.Function, script(t, ops...))
	require.NoError(t, err)
	return results(t, payload, false)
}

func results(t require.TestingT, payload []byte, successful bool) []scripted.Result {
	var all []scripted.Result
	require.NoError(t, json.Unmarshal(payload, &all))
	for _, r := range all {
		if successful {
			require.Empty(t, r.Error)
		}
	}
	return all
}

func start(t *testing.T, options ...ledgertest.Option) (*ledgertest.Ledger, *ledgertest.Client, *ledgertest.Client) {
	l := ledgertest.New(t, scripted.Chaincode{}, options...)
	return l, l.Client("CTIEMSP"), l.Client("SIGIMSP")
}

func TestABlockIsValidatedInItsOrder(t *testing.T) {
	t.Run("the first of two conflicting transactions is valid", func(t *testing.T) {
		l, a, b := start(t)
		first, second := endorse(t, a, get("k"), put("k", "1")), endorse(t, b, get("k"), put("k", "2"))
		require.Equal(t, []peer.TxValidationCode{valid, mvcc}, l.Commit(first, second))
		require.Equal(t, map[string][]byte{"k": []byte("1")}, l.State())
	})
	t.Run("a key deleted earlier in the block leaves a range", func(t *testing.T) {
		l, a, b := start(t)
		submit(t, a, put("r1", "x"), put("r2", "y"))
		whole, rest := endorse(t, b, list("r1", "r3"), put("n", "1")), endorse(t, b, list("r2", "r3"), put("n", "2"))
		require.Equal(t, []peer.TxValidationCode{valid, phantom, valid}, l.Commit(endorse(t, a, del("r1")), whole, rest))
	})
	t.Run("an invalid transaction conflicts with nothing", func(t *testing.T) {
		l, a, b := start(t)
		lonely := endorse(t, a.With(ledgertest.EndorsedBy("CTIEMSP")), put("k", "1"))
		require.Equal(t, []peer.TxValidationCode{notEndorsed, valid}, l.Commit(lonely, endorse(t, b, get("k"), put("k", "2"))))
	})
	t.Run("a key whose policy changes earlier in the block cannot be written", func(t *testing.T) {
		l, a, b := start(t)
		submit(t, a, put("k", "1"))
		change, write, other := endorse(t, a, policy(t, "k", 1, "SIGIMSP")), endorse(t, b, put("k", "2")), endorse(t, b, put("m", "2"))
		require.Equal(t, []peer.TxValidationCode{valid, notEndorsed, valid}, l.Commit(change, write, other))
	})
	t.Run("blind writes all count, the last one stays", func(t *testing.T) {
		l, a, b := start(t)
		require.Equal(t, []peer.TxValidationCode{valid, valid}, l.Commit(endorse(t, a, put("k", "1")), endorse(t, b, put("k", "2"))))
		require.Equal(t, "2", string(l.State()["k"]))
	})
}

func TestATransactionIDCountsOnce(t *testing.T) {
	l, a, _ := start(t)
	tx := endorse(t, a, put("k", "1"))
	require.Equal(t, []peer.TxValidationCode{valid, duplicate}, l.Commit(tx, tx))
	require.Equal(t, []peer.TxValidationCode{duplicate}, l.Commit(tx))

	again := a.With(ledgertest.Nonce([]byte("the same nonce")))
	submit(t, again, put("k", "2"))
	_, err := again.Submit(scripted.Function, script(t, put("k", "3")))
	var refused *ledgertest.EndorseError
	require.ErrorAs(t, err, &refused)
	require.Contains(t, refused.Message, "duplicate transaction found ["+refused.TransactionID+"]. Creator [")
}

func TestACommitErrorNamesTheCode(t *testing.T) {
	_, a, _ := start(t)
	_, err := a.With(ledgertest.EndorsedBy("CTIEMSP")).Submit(scripted.Function, script(t, put("k", "1")))
	var invalid *ledgertest.CommitError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, notEndorsed, invalid.Code)
	require.ErrorContains(t, err, "failed to commit with status code 10 (ENDORSEMENT_POLICY_FAILURE)")
}

func TestStrangersAreDeniedAccess(t *testing.T) {
	l, _, _ := start(t)
	_, err := l.Client("NobodyMSP").Evaluate(scripted.Function, script(t, get("k")))
	require.ErrorContains(t, err, "access denied: channel [psbc] creator org unknown, creator is malformed")
	_, err = l.Client("CTIEMSP").With(ledgertest.EndorsedBy("NobodyMSP")).Evaluate(scripted.Function, script(t, get("k")))
	require.ErrorContains(t, err, "no peers available")
}

func TestAPolicyThatNobodyCanMeetHasNoEndorsers(t *testing.T) {
	_, a, _ := start(t)
	submit(t, a, put("k", "1"), policy(t, "k", 1, "NobodyMSP"))
	_, err := a.Submit(scripted.Function, script(t, put("k", "2")))
	require.ErrorContains(t, err, "no combination of peers can be derived which satisfy the endorsement policy")
}

func TestAPolicyThatCannotBeReadMakesItsKeyUnwritable(t *testing.T) {
	_, a, _ := start(t)
	submit(t, a, put("k", "1"), scripted.Op{Kind: scripted.SetPolicy, Key: []byte("k"), Value: []byte("no policy")})
	_, err := a.Submit(scripted.Function, script(t, put("k", "2")))
	require.ErrorContains(t, err, "error unmarshaling SignaturePolicyEnvelope")
}

func TestTheChaincodePolicyCanBeChosen(t *testing.T) {
	l, a, _ := start(t, ledgertest.WithPolicy(ledgertest.OutOf(1, "SIGIMSP")))
	tx := endorse(t, a, put("k", "1"))
	require.Equal(t, []string{"SIGIMSP"}, tx.Endorsers)
	require.Equal(t, []peer.TxValidationCode{valid}, l.Commit(tx))
}

func TestTheBodiesCanBeChosen(t *testing.T) {
	l := ledgertest.New(t, scripted.Chaincode{}, ledgertest.WithBodies("OneMSP", "TwoMSP", "ThreeMSP"), ledgertest.WithChannel("other"))
	require.Equal(t, []string{"OneMSP", "TwoMSP", "ThreeMSP"}, l.Bodies())
	tx := endorse(t, l.Client("ThreeMSP"), put("k", "1"))
	require.Equal(t, []string{"ThreeMSP", "OneMSP"}, tx.Endorsers)
	context := evaluate(t, l.Client("OneMSP"), scripted.Op{Kind: scripted.Transaction})[0].Context
	require.Equal(t, "other", context.Channel)
}

func TestOptionsThatMakeNoSenseFailTheTest(t *testing.T) {
	for name, try := range map[string]func(tb *failing){
		"no chaincode":   func(tb *failing) { ledgertest.New(tb, nil) },
		"no body":        func(tb *failing) { ledgertest.New(tb, scripted.Chaincode{}, ledgertest.WithBodies()) },
		"a body twice":   func(tb *failing) { ledgertest.New(tb, scripted.Chaincode{}, ledgertest.WithBodies("A", "A")) },
		"no body's name": func(tb *failing) { ledgertest.New(tb, scripted.Chaincode{}, ledgertest.WithBodies("")) },
		"a name twice": func(tb *failing) {
			ledgertest.New(tb, scripted.Chaincode{}, ledgertest.WithName("x"), ledgertest.WithChaincode("x", scripted.Chaincode{}))
		},
		"a member who is no body": func(tb *failing) {
			ledgertest.New(tb, scripted.Chaincode{}, ledgertest.WithCollection(ledgertest.Collection{Name: "c", Members: []string{"NobodyMSP"}}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			tb := &failing{}
			try(tb)
			require.Contains(t, tb.message, "ledgertest: ")
		})
	}
}

type failing struct{ message string }

func (f *failing) Helper()                           {}
func (f *failing) Fatalf(format string, args ...any) { f.message = fmt.Sprintf(format, args...) }
func (f *failing) Cleanup(func())                    {}

func TestTimeIsChosenOrAdvancesByItself(t *testing.T) {
	l, a, _ := start(t)
	first, second := endorse(t, a, put("k", "1")), endorse(t, a, put("k", "2"))
	require.Equal(t, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), first.Time)
	require.Equal(t, time.Second, second.Time.Sub(first.Time))
	at := time.Date(2031, 12, 24, 18, 0, 0, 7, time.UTC)
	context := evaluate(t, a.With(ledgertest.At(at)), scripted.Op{Kind: scripted.Transaction})[0].Context
	require.Equal(t, at, time.Unix(context.Seconds, int64(context.Nanos)).UTC())
	require.EqualValues(t, 1, l.Height())
}

func TestTwoRunsAreTheSameToTheByte(t *testing.T) {
	build := func() *ledgertest.Ledger {
		l, a, b := start(t)
		l.Commit(endorse(t, a, put("k", "1")), endorse(t, b.With(ledgertest.EndorsedBy("SIGIMSP")), put("k", "2")))
		submit(t, b, get("k"), put("m", "3"))
		return l
	}
	one, two := build(), build()
	require.Equal(t, one.Height(), two.Height())
	for n := range one.Height() {
		x, err := one.Block(n)
		require.NoError(t, err)
		y, err := two.Block(n)
		require.NoError(t, err)
		require.True(t, proto.Equal(x, y), "block %d", n)
	}
}

func TestBlocksAreChainedAndCarryTheCodes(t *testing.T) {
	l, a, b := start(t)
	l.Commit(endorse(t, a, get("k"), put("k", "1")), endorse(t, b, get("k"), put("k", "2")))
	block, err := l.Block(1)
	require.NoError(t, err)
	require.Equal(t, []byte{byte(valid), byte(mvcc)}, block.GetMetadata().GetMetadata()[2])
	digest := sha256.Sum256(append(append([]byte{}, block.GetData().GetData()[0]...), block.GetData().GetData()[1]...))
	require.Equal(t, digest[:], block.GetHeader().GetDataHash())
	require.Len(t, block.GetHeader().GetPreviousHash(), sha256.Size)
	_, err = l.Block(2)
	require.ErrorContains(t, err, "block 2 does not exist: the height is 2")
}

func TestPrivateDataIsKeptUntilItIsPurged(t *testing.T) {
	l, a, _ := start(t)
	own := ledgertest.ImplicitCollection("CTIEMSP")
	submit(t, a.With(ledgertest.Transient(map[string][]byte{"details": []byte("canary")})), scripted.Op{Kind: scripted.Transient, Type: "nothing"})
	require.False(t, l.PublicContains("canary"), "transient data is not part of the transaction")

	client := a.With(ledgertest.EndorsedBy("CTIEMSP"))
	submit(t, client, in(own, put("k", "one")), in(own, put("m", "stays")))
	submit(t, client, in(own, put("k", "two")))
	submit(t, client, in(own, del("k")))
	require.Equal(t, [][]byte{[]byte("one"), []byte("two")}, l.PrivateStore("CTIEMSP", own)["k"])
	require.Empty(t, l.PrivateStore("SIGIMSP", own))
	submit(t, client, in(own, scripted.Op{Kind: scripted.Purge, Key: []byte("k")}))
	require.Equal(t, map[string][][]byte{"m": {[]byte("stays")}}, l.PrivateStore("CTIEMSP", own))
}

func TestPublicBytesAreSearchedEverywhere(t *testing.T) {
	for name, ops := range map[string][]scripted.Op{
		"a key":      {{Kind: scripted.PutMany, Key: []byte("canary"), Count: 1, Value: []byte("v")}},
		"a value":    {{Kind: scripted.Put, Key: []byte("k"), Value: []byte("canary")}},
		"an event":   {{Kind: scripted.Event, Type: "canary"}},
		"a repeated": {{Kind: scripted.Put, Key: []byte("k"), Value: []byte("canary"), Repeat: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			l, a, _ := start(t)
			require.False(t, l.PublicContains("canary"))
			submit(t, a, ops...)
			require.True(t, l.PublicContains("canary"))
		})
	}
}

func TestExplicitCollectionsHaveMembers(t *testing.T) {
	l, a, b := start(t,
		ledgertest.WithCollection(ledgertest.Collection{
			Name: "ours", Members: []string{"CTIEMSP", "SIGIMSP"}, MemberOnlyRead: true, MemberOnlyWrite: true,
		}),
		ledgertest.WithCollection(ledgertest.Collection{
			Name: "alone", Members: []string{"CTIEMSP"}, Policy: ledgertest.OutOf(1, "CTIEMSP"),
		}))
	submit(t, a, in("ours", put("k", "one")))
	require.Equal(t, "one", string(evaluate(t, b, in("ours", get("k")))[0].Value))

	stranger := l.Client("MinDigitalMSP")
	r := evaluate(t, stranger, in("ours", get("k")), in("ours", put("k", "two")), in("ours", list("a", "z")))
	require.Contains(t, r[0].Error, "tx creator does not have read access permission on privatedata in chaincodeName:chaincode collectionName: ours")
	require.Contains(t, r[1].Error, "tx creator does not have write access permission on privatedata in chaincodeName:chaincode collectionName: ours")
	require.Contains(t, r[2].Error, "does not have read access permission")
	r = evaluate(t, a.With(ledgertest.EndorsedBy("MinDigitalMSP")), in("ours", get("k")))
	require.Contains(t, r[0].Error, "private data matching public hash version is not available")

	require.Equal(t, []string{"CTIEMSP"}, endorse(t, a, in("alone", put("k", "one"))).Endorsers)
	require.Len(t, endorse(t, a, in("ours", put("k", "two"))).Endorsers, 3) // no policy of its own: the chaincode's
}

func TestAPanicOfTheChaincodeFailsItsTransactionOnly(t *testing.T) {
	l := ledgertest.New(t, fickle{})
	client := l.Client("CTIEMSP")
	_, err := client.Submit("panic")
	require.ErrorContains(t, err, "chaincode stream terminated (the chaincode panicked: on purpose)")
	_, err = client.Submit("fine")
	require.NoError(t, err)
}

// fickle panics, or calls another chaincode.
type fickle struct{}

func (fickle) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

func (fickle) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	args := stub.GetStringArgs()
	switch args[0] {
	case "panic":
		panic("on purpose")
	case "call":
		if err := stub.SetEvent("caller", nil); err != nil {
			return shim.Error(err.Error())
		}
		if err := stub.PutState("k", []byte("caller")); err != nil {
			return shim.Error(err.Error())
		}
		return stub.InvokeChaincode(args[1], [][]byte{[]byte(scripted.Function), []byte(args[2])}, "")
	case "elsewhere":
		return stub.InvokeChaincode(args[1], nil, "otherchannel")
	case "admin":
		unit, err := cid.HasOUValue(stub, "admin")
		if err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success(fmt.Append(nil, unit))
	default:
		return shim.Success([]byte(args[0]))
	}
}

func TestChaincodesCallEachOtherWithinOneTransaction(t *testing.T) {
	l := ledgertest.New(t, fickle{}, ledgertest.WithName("caller"), ledgertest.WithChaincode("callee", scripted.Chaincode{}))
	client := l.Client("CTIEMSP")
	result, err := client.Submit("call", "callee", script(t, put("k", "callee"), get("k"), scripted.Op{Kind: scripted.Event, Type: "callee"}))
	require.NoError(t, err)
	require.Nil(t, results(t, result.Payload, true)[1].Value)

	require.Equal(t, map[string][]byte{"k": []byte("caller")}, l.State(), "each has its own keys")
	callee := client.With(ledgertest.Calling("callee"))
	require.Equal(t, "callee", string(evaluate(t, callee, get("k"))[0].Value))
	events := l.Events(0)
	require.Len(t, events, 1)
	require.Equal(t, ledgertest.Event{Block: 1, TransactionID: result.TransactionID, Chaincode: "caller", Name: "caller"}, events[0])

	_, err = client.Submit("call", "caller", "")
	var refused *ledgertest.ChaincodeError
	require.ErrorAs(t, err, &refused, "a chaincode cannot call itself")
	_, err = client.Submit("elsewhere", "callee")
	require.ErrorAs(t, err, &refused)
	_, err = client.With(ledgertest.Calling("nowhere")).Submit("f")
	require.ErrorContains(t, err, "no peers available to evaluate chaincode nowhere")
}

func TestIdentitiesAreWhatTheyWereMadeAs(t *testing.T) {
	l := ledgertest.New(t, fickle{})
	for unit, want := range map[string]string{"admin": "true", "client": "false"} {
		payload, err := l.Client("CTIEMSP", ledgertest.WithNodeOU(unit)).Evaluate("admin")
		require.NoError(t, err)
		require.Equal(t, want, string(payload))
	}
	one, err := l.Client("CTIEMSP", ledgertest.WithUser("clerk")).Creator()
	require.NoError(t, err)
	same, err := l.Client("CTIEMSP", ledgertest.WithUser("clerk")).Creator()
	require.NoError(t, err)
	other, err := l.Client("CTIEMSP", ledgertest.WithUser("clerk"), ledgertest.WithAttribute("a", "b")).Creator()
	require.NoError(t, err)
	require.Equal(t, one, same)
	require.NotEqual(t, one, other)
	require.Equal(t, "SIGIMSP", l.Client("SIGIMSP").Body())
}

func TestAQueryIsCutOffAtTheTotalLimit(t *testing.T) {
	_, a, _ := start(t, ledgertest.WithTotalQueryLimit(7))
	submit(t, a, scripted.Op{Kind: scripted.PutMany, Key: []byte("k"), Count: 10, Value: []byte("v")})
	require.Len(t, evaluate(t, a, list("k", "l"))[0].Pairs, 7)
}

func TestManyClientsMayCallAtOnce(t *testing.T) {
	l, _, _ := start(t)
	var group sync.WaitGroup
	failed := make(chan error, 200)
	scripts := make([]string, 200)
	for i := range scripts {
		scripts[i] = script(t, put(fmt.Sprintf("key%d", i), "v"))
	}
	for i := range scripts {
		group.Go(func() {
			_, err := l.Client(l.Bodies()[i%4]).Submit(scripted.Function, scripts[i])
			failed <- err
		})
	}
	group.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	require.Len(t, l.State(), 200)
	require.EqualValues(t, 201, l.Height())
}
