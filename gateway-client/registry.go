package gateway

import (
	"context"
	"iter"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// registryChaincode is the registry's name on the channel.
const registryChaincode = "registry"

// Registry defines public registers, and keeps and reads their records. Requests
// and results are those of the chaincode, of package registry. In every request
// that writes, an empty RequestID is filled in by the library. Bodies are named by
// MSP ID; Profile.FindBody translates names.
//
// Requests are checked before anything is sent, so that malformed ones fail
// with ErrInvalidArgument at once. Whether data is what a register's schema asks
// for is decided on the ledger.
type Registry struct {
	contract *Contract
	mspID    string
}

// Registry keeps registers, with the channel's chaincode "registry".
func (c *Client) Registry() *Registry {
	return &Registry{contract: c.Contract(registryChaincode), mspID: c.profile.Body.MSPID}
}

// CreateRegister defines a register, whose steward is the client's body.
//
// Errors: ErrAlreadyExists when there is a register with this id,
// ErrPermissionDenied without the role psbc.registrar, ErrInvalidArgument, with a
// JSON pointer to the place when it is in the schema; and those of the package
// documentation.
func (r *Registry) CreateRegister(ctx context.Context, request registry.CreateRegisterRequest) (*registry.Register, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[registry.Register](ctx, r.contract, "create register", "CreateRegister", request.RequestID, request, request.Validate)
}

// AmendRegister replaces the definition of a register of which the client's body
// is the steward. Errors: ErrNotFound, ErrPermissionDenied for another body,
// ErrFailedPrecondition when the register is not at the version in Base any
// more, or when the change would make existing records wrong.
func (r *Registry) AmendRegister(ctx context.Context, request registry.AmendRegisterRequest) (*registry.Register, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[registry.Register](ctx, r.contract, "amend register", "AmendRegister", request.RequestID, request, request.Validate)
}

// Register gives a register as it is defined now, ErrNotFound when there is none.
func (r *Registry) Register(ctx context.Context, id string) (*registry.Register, error) {
	request := registry.RegisterRequest{Register: id}
	return read[registry.Register](ctx, r.contract, "read register", "ReadRegister", request, request.Validate)
}

// RegisterHistory gives every definition of a register, oldest first, ErrNotFound
// when there is none.
func (r *Registry) RegisterHistory(ctx context.Context, id string) (*registry.RegisterHistory, error) {
	request := registry.RegisterRequest{Register: id}
	return read[registry.RegisterHistory](ctx, r.contract, "register history", "RegisterHistory", request, request.Validate)
}

// RegistersPage gives a page of all registers, by id.
func (r *Registry) RegistersPage(ctx context.Context, request registry.RegistersRequest) (*registry.RegisterPage, error) {
	return read[registry.RegisterPage](ctx, r.contract, "list registers", "Registers", request, request.Validate)
}

// Registers iterates over all registers by id, fetching page after page from the
// request's bookmark on. An error is yielded last, once, with a zero register.
func (r *Registry) Registers(ctx context.Context, request registry.RegistersRequest) iter.Seq2[registry.Register, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*registry.RegisterPage, error) {
		request.Bookmark = bookmark
		return r.RegistersPage(ctx, request)
	}, func(p *registry.RegisterPage) ([]registry.Register, string) { return p.Items, p.Bookmark })
}
