package arch

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// stubOnly reports calls of methods of the chaincode stub: only the ledger makes
// them, so that every key and every read is in one place. Handing the stub on, to
// the ledger, is allowed.
func stubOnly() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name: "stub",
		Doc:  "reports calls of the chaincode stub's methods",
		Run: func(pass *analysis.Pass) (any, error) {
			for _, file := range pass.Files {
				ast.Inspect(file, func(n ast.Node) bool {
					s, ok := n.(*ast.SelectorExpr)
					if ok && isStubMethod(pass.TypesInfo.Selections[s]) {
						pass.Reportf(s.Sel.Pos(), "calls the stub's %s", s.Sel.Name)
					}
					return true
				})
			}
			return nil, nil
		},
	}
}

func isStubMethod(s *types.Selection) bool {
	if s == nil || s.Kind() == types.FieldVal {
		return false
	}
	named, ok := types.Unalias(s.Recv()).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	return named.Obj().Pkg().Path() == fabricStub+"/shim" && named.Obj().Name() == "ChaincodeStubInterface"
}
