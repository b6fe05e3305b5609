package service

import (
	"errors"
	"io"
	"sync"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// session is a peer's stream that can be ended between two transactions. The
// shim's loop ends only when Recv fails, so Recv fails once the server stops and no
// transaction is under way; what the peer asks for meanwhile is not begun.
type session struct {
	peer.Chaincode_ConnectServer
	stop     <-chan struct{}
	messages chan message
	finished chan struct{} // closed when stopping and idle

	mu       sync.Mutex
	underway int
	stopping bool
}

type message struct {
	*peer.ChaincodeMessage
	err error
}

// chat lets handle talk to the peer until the peer or stop ends it.
func chat(stream peer.Chaincode_ConnectServer, stop <-chan struct{}, handle func(peer.Chaincode_ConnectServer) error) error {
	s := &session{
		Chaincode_ConnectServer: stream,
		stop:                    stop,
		messages:                make(chan message),
		finished:                make(chan struct{}),
	}
	go s.pump()
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-stop:
			s.change(func() { s.stopping = true })
		case <-over:
		}
	}()

	err := handle(s)
	select {
	case <-s.finished:
		return nil
	default:
		return err
	}
}

// pump makes the stream's Recv something that can be waited for beside others. The
// stream's context ends with its handler.
func (s *session) pump() {
	for {
		m, err := s.Chaincode_ConnectServer.Recv()
		select {
		case s.messages <- message{m, err}:
		case <-s.Context().Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// Recv returns the peer's next message, and io.EOF when the session is finished.
func (s *session) Recv() (*peer.ChaincodeMessage, error) {
	for {
		select {
		case m := <-s.messages:
			if m.err == nil && begins(m.ChaincodeMessage) && !s.begin() {
				continue
			}
			return m.ChaincodeMessage, m.err
		case <-s.finished:
			return nil, io.EOF
		case <-s.Context().Done():
			return nil, errors.New("the stream is closed")
		}
	}
}

// Send passes a message to the peer.
func (s *session) Send(m *peer.ChaincodeMessage) error {
	err := s.Chaincode_ConnectServer.Send(m)
	if ends(m) {
		s.change(func() { s.underway-- })
	}
	return err
}

func begins(m *peer.ChaincodeMessage) bool {
	return m.GetType() == peer.ChaincodeMessage_TRANSACTION || m.GetType() == peer.ChaincodeMessage_INIT
}

func ends(m *peer.ChaincodeMessage) bool {
	return m.GetType() == peer.ChaincodeMessage_COMPLETED || m.GetType() == peer.ChaincodeMessage_ERROR
}

// begin counts a transaction, unless no more may begin.
func (s *session) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.stop:
		return false
	default:
		s.underway++
		return true
	}
}

// change changes the counts and closes finished when they now say so.
func (s *session) change(how func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.stopping && s.underway == 0
	how()
	if after := s.stopping && s.underway == 0; after && !before {
		close(s.finished)
	}
}
