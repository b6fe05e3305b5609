package siem

import "slices"

// Usage is the answer of findUsage of Estonia's Data Tracker (Andmejälgija), version
// 2.0.0 of its usage API:
// https://github.com/e-gov/AJ/blob/master/doc/spetsifikatsioonid/dumonitor-openapi-v2.yaml
type Usage struct {
	TotalUsages int        `json:"totalUsages"`
	Usages      []UsageRow `json:"usages"` // the latest first
}

// UsageRow is one use of a person's data. The receiver is the body that used them:
// its code is its MSP ID, and its system the trail.
type UsageRow struct {
	LogTime        string `json:"logtime"`
	Action         string `json:"action"`
	ReceiverCode   string `json:"receiverCode"`
	ReceiverName   string `json:"receiverName"`
	ReceiverSystem string `json:"receiverSystem"`
}

// UsageOf returns the uses that events tell of. title gives a trail's name for
// people.
func UsageOf(events []Event, title func(trail string) string) Usage {
	events = slices.Clone(events)
	LatestFirst(events)
	usage := Usage{TotalUsages: len(events), Usages: make([]UsageRow, 0, len(events))}
	for _, e := range events {
		usage.Usages = append(usage.Usages, UsageRow{
			LogTime: e.Entry.OccurredAt, Action: Describe(e.Entry.Action, e.Entry.Purpose, string(e.Entry.Outcome)),
			ReceiverCode: e.Body, ReceiverName: e.BodyName, ReceiverSystem: title(e.Trail),
		})
	}
	return usage
}

// Describe writes an act in words: what was done, what for, and how it ended unless it
// succeeded.
func Describe(action, purpose, outcome string) string {
	text := action
	if purpose != "" {
		text += " for " + purpose
	}
	if outcome != "success" {
		text += " (" + outcome + ")"
	}
	return text
}
