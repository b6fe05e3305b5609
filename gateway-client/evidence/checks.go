package evidence

// The names of the checks, in the order in which they are made; checkForm is ParseProof's.
const (
	checkForm         = "form"
	checkOrigin       = "origin"
	checkCosignatures = "cosignatures"
	checkBounds       = "bounds"
	checkClock        = "clock"
	checkQuorum       = "quorum"
	checkInclusion    = "inclusion"
	checkValue        = "value"
	checkRecord       = "record"
	checkRecordKey    = "record key"
	checkCreator      = "creator"
	checkMember       = "member"
	checkAfterRecord  = "after: record"
	checkAfterSize    = "after: size"
	checkAfterPrefix  = "after: " // before the names of the checks of a checkpoint
	checkDocument     = "document"
)

// checks says which checks are made, by name. Outside of tests that is every one: a test
// leaves each out in turn, to show that each is needed and tested.
type checks func(name string) bool

func everyCheck(string) bool { return true }

// step is one check. It returns a sentence on what it found, empty when the evidence gives
// it nothing to check.
type step struct {
	name string
	run  func(*verification) (string, error)
}

// steps lists the checks in their order. A later one may rely on those before it.
func steps() []step {
	list := checkpointSteps("", func(v *verification) *witnessing { return v.head })
	list = append(list,
		step{checkInclusion, (*verification).inclusion},
		step{checkValue, (*verification).value},
		step{checkRecord, (*verification).record},
		step{checkRecordKey, (*verification).recordKey},
		step{checkCreator, (*verification).creator},
		step{checkMember, (*verification).member},
		step{checkAfterRecord, (*verification).afterRecord},
		step{checkAfterSize, (*verification).afterSize},
	)
	list = append(list, checkpointSteps(checkAfterPrefix, func(v *verification) *witnessing { return v.after })...)
	return append(list, step{checkDocument, (*verification).document})
}

// checkpointSteps are the checks of a checkpoint and its cosignatures, for the one that of
// selects, if it is there.
func checkpointSteps(prefix string, of func(*verification) *witnessing) []step {
	list := []step{
		{checkOrigin, nil}, {checkCosignatures, nil}, {checkBounds, nil}, {checkClock, nil}, {checkQuorum, nil},
	}
	run := []func(*witnessing) (string, error){
		(*witnessing).origin, (*witnessing).genuine, (*witnessing).bounds, (*witnessing).clock, (*witnessing).quorum,
	}
	for i := range list {
		list[i].name = prefix + list[i].name
		list[i].run = func(v *verification) (string, error) {
			if w := of(v); w != nil {
				sentence, err := run[i](w)
				if err != nil && w == v.after {
					err = &AfterError{err}
				}
				return sentence, err
			}
			return "", nil
		}
	}
	return list
}
