package siem

import (
	"strconv"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// What both formats say made the event.
const (
	vendor  = "PSBC"
	product = "Audit trail"
)

// CEF returns the event as one line, without its end, of ArcSight's Common Event
// Format, version 0, as "Implementing ArcSight Common Event Format (CEF)", version 25
// (Micro Focus, 2017), describes it. It fails for a time that is none.
//
// Keys are those of its extension dictionary: start is when the act occurred and rt the
// batch's claimed time, suid the actor, duid the subject, cat the trail, and
// deviceCustom… fields, with their labels, what the dictionary does not know.
func CEF(e Event) (string, error) {
	occurred, claimed, err := e.times()
	if err != nil {
		return "", err
	}
	var line strings.Builder
	line.WriteString("CEF:0")
	for _, field := range []string{vendor, product, strconv.Itoa(trail.SchemaVersion), e.Entry.Action, e.Entry.Action + ", " + string(e.Entry.Outcome), cefSeverity(e.Entry.Outcome)} {
		line.WriteString("|" + cefHeader(field))
	}
	line.WriteString("|")
	space := ""
	add := func(key, value string) {
		if value != "" {
			line.WriteString(space + key + "=" + cefValue(value))
			space = " "
		}
	}
	custom := func(key, label, value string) {
		if value != "" {
			add(key+"Label", label)
			add(key, value)
		}
	}
	add("start", strconv.FormatInt(occurred, 10))
	add("rt", strconv.FormatInt(claimed, 10))
	add("act", e.Entry.Action)
	add("outcome", string(e.Entry.Outcome))
	add("suid", e.Entry.Actor)
	add("duid", e.Entry.Subject)
	add("cat", e.Trail)
	add("sourceServiceName", e.Source)
	add("deviceFacility", e.BodyName)
	custom("cn1", "batch", strconv.Itoa(e.Number))
	custom("cn2", "position", strconv.Itoa(e.Position))
	custom("cs1", "purpose", e.Entry.Purpose)
	custom("cs2", "legalBasis", e.Entry.Basis)
	custom("cs3", "correlation", e.Entry.Correlation)
	custom("cs4", "detailHash", e.Entry.DetailHash)
	custom("cs5", "transaction", e.TxID)
	custom("cs6", "revealed", e.Revealed)
	return line.String(), nil
}

// cefSeverity is a number of 0 to 10; up to 3 is low, up to 6 medium.
func cefSeverity(outcome trail.Outcome) string {
	switch outcome {
	case trail.OutcomeSuccess:
		return "1"
	case trail.OutcomeDenied:
		return "6"
	}
	return "4"
}

// cefHeader escapes a field of the header, which must not have line ends.
func cefHeader(s string) string {
	return strings.NewReplacer(`\`, `\\`, `|`, `\|`, "\r\n", " ", "\n", " ", "\r", " ").Replace(s)
}

// cefValue escapes a value of the extension.
func cefValue(s string) string {
	return strings.NewReplacer(`\`, `\\`, `=`, `\=`, "\r", `\r`, "\n", `\n`).Replace(s)
}
