package gateway

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// ProfileVersion is the "v" of the profiles that this package reads.
const ProfileVersion = 1

// Limits of a profile, far above what a network needs.
const (
	maxProfile     = 1 << 20 // bytes
	maxPeers       = 64
	maxBodies      = 1024
	maxProfileText = 4096 // bytes of one field
)

// Profile says as whom and through which peers to connect: one user of one
// public body. File names are absolute, or relative to the working directory,
// once a profile has been loaded; in the file they are relative to the file.
type Profile struct {
	V       int    `json:"v"`
	Channel string `json:"channel"`
	// Origin names the channel's ledger log: its origin line. It may be left out by
	// those who have nothing to do with evidence.
	Origin   string          `json:"origin,omitempty"`
	Body     Body            `json:"body"`
	User     string          `json:"user"`
	Identity ProfileIdentity `json:"identity"`
	TLS      ProfileTLS      `json:"tls"`
	// Peers are the body's own peers in order of preference, at least one.
	Peers []Peer `json:"peers"`
	// Bodies are the bodies on the channel, for looking up names.
	Bodies []Body `json:"bodies"`
}

// Body is one public body on the channel.
type Body struct {
	Name  string `json:"name"`
	MSPID string `json:"mspId"`
}

// ProfileIdentity names the PEM files that the user signs with. Key may be
// empty when the key is elsewhere: see WithSigner.
type ProfileIdentity struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key,omitempty"`
}

// ProfileTLS names the PEM files for the connection: the roots that the peers'
// certificates lead to, and the client's own certificate and key, both or
// neither (peers that demand mutual TLS refuse clients without).
type ProfileTLS struct {
	RootCertificates string `json:"rootCertificates"`
	Certificate      string `json:"certificate,omitempty"`
	Key              string `json:"key,omitempty"`
}

// Peer is one peer's gateway endpoint.
type Peer struct {
	// Address is "host:port".
	Address string `json:"address"`
	// ServerName is the name in the peer's TLS certificate; empty means the
	// address's host.
	ServerName string `json:"serverName,omitempty"`
}

// LoadProfile reads a profile from a file. Errors match ErrInvalidArgument and
// name the file, the field and the remedy. The files that the profile names
// are read by Connect.
func LoadProfile(path string) (*Profile, error) {
	data, err := readBounded(path, maxProfile)
	if err != nil {
		return nil, &Error{Op: opProfile, Kind: ErrInvalidArgument, cause: err, Message: fmt.Sprintf(
			"cannot read the connection profile: %v; profiles are made when the network is started or joined", err)}
	}
	p, err := ParseProfile(data, filepath.Dir(path))
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.Message = path + ": " + e.Message
		}
		return nil, err
	}
	return p, nil
}

// ParseProfile reads a profile from its JSON; dir is the directory that
// relative file names in it start from. It is strict: unknown or repeated
// fields, data after the object and over-long values are errors, which match
// ErrInvalidArgument and name the field.
func ParseProfile(data []byte, dir string) (*Profile, error) {
	if len(data) > maxProfile {
		return nil, profileError("", "is longer than %d bytes", maxProfile)
	}
	var p Profile
	if err := canonical.Unmarshal(data, &p); err != nil {
		return nil, profileError("", "cannot be read: %v; have the network write it anew", err)
	}
	if err := p.validate(); err != nil {
		return nil, err
	}
	for _, file := range []*string{&p.Identity.Certificate, &p.Identity.Key, &p.TLS.RootCertificates, &p.TLS.Certificate, &p.TLS.Key} {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(dir, *file)
		}
	}
	return &p, nil
}

// FindBody looks a body up by its name, in any case, or by its MSP ID.
func (p *Profile) FindBody(nameOrMSPID string) (Body, bool) {
	for _, body := range append([]Body{p.Body}, p.Bodies...) {
		if strings.EqualFold(body.Name, nameOrMSPID) || body.MSPID == nameOrMSPID {
			return body, true
		}
	}
	return Body{}, false
}

// Names as Fabric takes them: channel ids (common/configtx/validator.go) and MSP IDs.
var (
	channelName = regexp.MustCompile(`^[a-z][a-z0-9.-]{0,248}$`)
	mspName     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
)

func (p *Profile) validate() error {
	if p.V != ProfileVersion {
		return profileError("v", "is %d, this program reads version %d: have the network write its profiles anew, or update the program", p.V, ProfileVersion)
	}
	if !channelName.MatchString(p.Channel) {
		return profileError("channel", "must be a channel name such as \"psbc\", not %q", clip(p.Channel))
	}
	if err := checkOrigin(p.Origin); err != nil {
		return err
	}
	if err := p.Body.validate("body"); err != nil {
		return err
	}
	if err := checkText("user", p.User, true); err != nil {
		return err
	}
	if err := p.validateFiles(); err != nil {
		return err
	}
	if len(p.Peers) == 0 || len(p.Peers) > maxPeers {
		return profileError("peers", "must list 1 to %d peers of the body, not %d", maxPeers, len(p.Peers))
	}
	for i, peer := range p.Peers {
		if err := peer.validate(fmt.Sprintf("peers[%d]", i)); err != nil {
			return err
		}
	}
	if len(p.Bodies) > maxBodies {
		return profileError("bodies", "must list at most %d bodies, not %d", maxBodies, len(p.Bodies))
	}
	for i, body := range p.Bodies {
		if err := body.validate(fmt.Sprintf("bodies[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Profile) validateFiles() error {
	files := []struct {
		field, value string
		required     bool
	}{
		{"identity.certificate", p.Identity.Certificate, true},
		{"identity.key", p.Identity.Key, false},
		{"tls.rootCertificates", p.TLS.RootCertificates, true},
		{"tls.certificate", p.TLS.Certificate, false},
		{"tls.key", p.TLS.Key, false},
	}
	for _, file := range files {
		if err := checkText(file.field, file.value, file.required); err != nil {
			return err
		}
	}
	if (p.TLS.Certificate == "") != (p.TLS.Key == "") {
		return profileError("tls", "must name both certificate and key, or neither")
	}
	return nil
}

func (b Body) validate(field string) error {
	if err := checkText(field+".name", b.Name, true); err != nil {
		return err
	}
	if !mspName.MatchString(b.MSPID) {
		return profileError(field+".mspId", "must be an MSP ID such as \"CTIEMSP\", not %q", clip(b.MSPID))
	}
	return nil
}

func (p Peer) validate(field string) error {
	host, port, err := net.SplitHostPort(p.Address)
	if err != nil || host == "" || len(p.Address) > maxProfileText {
		return profileError(field+".address", "must be \"host:port\", not %q", clip(p.Address))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return profileError(field+".address", "has no port from 1 to 65535: %q", clip(p.Address))
	}
	if err := checkText(field+".address", p.Address, true); err != nil {
		return err
	}
	return checkText(field+".serverName", p.ServerName, false)
}

// checkOrigin allows what can head a checkpoint.
func checkOrigin(origin string) error {
	if origin == "" {
		return nil
	}
	if err := (tlog.Checkpoint{Origin: origin, Size: 1}).Validate(); err != nil {
		return profileError("origin", "is not an origin line: %v", err)
	}
	return nil
}

func checkText(field, value string, required bool) error {
	switch {
	case required && value == "":
		return profileError(field, "is missing: add it")
	case len(value) > maxProfileText:
		return profileError(field, "is longer than %d bytes", maxProfileText)
	case strings.ContainsFunc(value, unicode.IsControl):
		return profileError(field, "holds control characters: remove them")
	}
	return nil
}

func profileError(field, format string, args ...any) error {
	message := "the connection profile "
	if field != "" {
		message = "field " + strconv.Quote(field) + " "
	}
	return &Error{Op: opProfile, Kind: ErrInvalidArgument, Message: message + fmt.Sprintf(format, args...)}
}

// clip shortens a value for an error message.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is longer than %d bytes", path, limit)
	}
	return data, nil
}
