package siem

import (
	"encoding/json"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// The part of OCSF that entries are written in: https://schema.ocsf.io/1.3.0/classes/datastore_activity
const (
	ocsfVersion  = "1.3.0"
	ocsfCategory = 6    // Application Activity
	ocsfClass    = 6005 // Datastore Activity
	ocsfOther    = 99
)

// ocsfEvent is an event of that class. Its members are those that the class requires,
// and those that an entry can fill.
type ocsfEvent struct {
	ActivityID   int          `json:"activity_id"`
	ActivityName string       `json:"activity_name"`
	Actor        ocsfActor    `json:"actor"`
	CategoryName string       `json:"category_name"`
	CategoryUID  int          `json:"category_uid"`
	ClassName    string       `json:"class_name"`
	ClassUID     int          `json:"class_uid"`
	Database     ocsfDatabase `json:"database"`
	Metadata     ocsfMetadata `json:"metadata"`
	Severity     string       `json:"severity"`
	SeverityID   int          `json:"severity_id"`
	SrcEndpoint  ocsfEndpoint `json:"src_endpoint"`
	Status       string       `json:"status"`
	StatusDetail string       `json:"status_detail,omitempty"`
	StatusID     int          `json:"status_id"`
	Time         int64        `json:"time"` // milliseconds
	Type         string       `json:"type"`
	TypeID       int          `json:"type_id"`
	TypeUID      int          `json:"type_uid"`
	Unmapped     ocsfUnmapped `json:"unmapped"`
}

type ocsfActor struct {
	User ocsfUser `json:"user"`
}

type ocsfUser struct {
	TypeID int    `json:"type_id"` // 0: the pseudonym does not tell
	UID    string `json:"uid"`
}

// ocsfDatabase is the system whose data were used: the one that keeps the trail.
type ocsfDatabase struct {
	Name   string `json:"name"`
	TypeID int    `json:"type_id"` // 0: unknown
}

type ocsfEndpoint struct {
	ServiceName string `json:"svc_name"`
}

type ocsfMetadata struct {
	CorrelationUID string      `json:"correlation_uid,omitempty"`
	LoggedTime     int64       `json:"logged_time"` // milliseconds
	LogName        string      `json:"log_name"`
	LogProvider    string      `json:"log_provider"`
	Product        ocsfProduct `json:"product"`
	UID            string      `json:"uid"`
	Version        string      `json:"version"`
}

type ocsfProduct struct {
	Name       string `json:"name"`
	VendorName string `json:"vendor_name"`
}

// ocsfUnmapped is what the class has no member for.
type ocsfUnmapped struct {
	Basis      string `json:"basis,omitempty"`
	Body       string `json:"body"`
	DetailHash string `json:"detailHash,omitempty"`
	Purpose    string `json:"purpose,omitempty"`
	Revealed   string `json:"revealed,omitempty"`
	Subject    string `json:"subject,omitempty"`
	TxID       string `json:"txId"`
}

// OCSF returns the event as one line of JSON, without its end, in the class Datastore
// Activity of OCSF 1.3.0. It fails for a time that is none.
func OCSF(e Event) ([]byte, error) {
	occurred, claimed, err := e.times()
	if err != nil {
		return nil, err
	}
	activity, name := ocsfActivity(e.Entry.Action)
	event := ocsfEvent{
		ActivityID: activity, ActivityName: name, TypeUID: ocsfClass*100 + activity,
		CategoryUID: ocsfCategory, CategoryName: "Application Activity",
		ClassUID: ocsfClass, ClassName: "Datastore Activity",
		Actor:    ocsfActor{User: ocsfUser{UID: e.Entry.Actor}},
		Database: ocsfDatabase{Name: e.Trail},
		Type:     "Database", TypeID: 1,
		Severity: "Informational", SeverityID: 1,
		Status: "Success", StatusID: 1,
		SrcEndpoint: ocsfEndpoint{ServiceName: e.Source},
		Time:        occurred,
		Metadata: ocsfMetadata{
			CorrelationUID: e.Entry.Correlation, LoggedTime: claimed, LogName: e.Trail, LogProvider: e.BodyName,
			Product: ocsfProduct{Name: product, VendorName: vendor}, UID: e.uid(), Version: ocsfVersion,
		},
		Unmapped: ocsfUnmapped{
			Basis: e.Entry.Basis, Body: e.Body, DetailHash: e.Entry.DetailHash, Purpose: e.Entry.Purpose,
			Revealed: e.Revealed, Subject: e.Entry.Subject, TxID: e.TxID,
		},
	}
	if e.Entry.Outcome != trail.OutcomeSuccess {
		event.Status, event.StatusID, event.StatusDetail = "Failure", 2, string(e.Entry.Outcome)
	}
	return json.Marshal(event)
}

// ocsfActivity returns the activity_id of an action, and its caption; for those that
// the class does not know, 99 and the action itself, as the schema asks.
func ocsfActivity(action string) (int, string) {
	switch action {
	case trail.ActionRead:
		return 1, "Read"
	case trail.ActionAmend:
		return 2, "Update"
	case trail.ActionLogin:
		return 3, "Connect"
	case trail.ActionSearch:
		return 4, "Query"
	case trail.ActionCreate:
		return 6, "Create"
	case trail.ActionDelete:
		return 7, "Delete"
	}
	return ocsfOther, action
}
