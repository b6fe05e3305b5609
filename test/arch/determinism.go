package arch

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/analysis"
)

// determinism reports what could make two bodies compute different results of
// one transaction: Fabric compares the endorsers' results byte by byte, so such
// code fails at random, in production, under load.
func determinism() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name: "determinism",
		Doc:  "reports clocks, randomness, floats, map order, environment, network, concurrency and kept state in chaincode",
		Run: func(pass *analysis.Pass) (any, error) {
			for _, file := range pass.Files {
				checkFile(pass, file)
			}
			return nil, nil
		},
	}
}

// variousPackages differ from run to run, though they are not worldly.
func variousPackages() []string {
	return []string{"crypto/rand", "math/rand", "math/rand/v2", "math/cmplx", "hash/maphash", "github.com/google/uuid"}
}

// variousObjects maps functions and variables to what they depend on.
func variousObjects() map[string]string {
	const clock, zone, order = "the clock", "the machine's time zone", "the order of a map"
	return map[string]string{
		"time.Now": clock, "time.Since": clock, "time.Until": clock, "time.Sleep": clock, "time.After": clock,
		"time.AfterFunc": clock, "time.Tick": clock, "time.NewTimer": clock, "time.NewTicker": clock,
		"context.WithTimeout": clock, "context.WithDeadline": clock,
		"context.WithTimeoutCause": clock, "context.WithDeadlineCause": clock,
		"time.Local": zone, "(time.Time).Local": zone, "time.LoadLocation": zone,
		"(reflect.Value).MapKeys": order, "(reflect.Value).MapRange": order,
		"(reflect.Value).Seq": order, "(reflect.Value).Seq2": order, "(*sync.Map).Range": order,
		"maps.Keys": order, "maps.Values": order, "maps.All": order,
		"time.Unix": zone, "time.UnixMilli": zone, "time.UnixMicro": zone,
	}
}

func checkFile(pass *analysis.Pass, file *ast.File) {
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // does not compile, which is reported elsewhere
		}
		if worldly(path) || slices.Contains(variousPackages(), path) {
			pass.Reportf(spec.Pos(), "imports %s", path)
		}
	}

	objects := variousObjects()
	var stack []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		checkNode(pass, objects, n, stack)
		stack = append(stack, n)
		return true
	})
}

// checkNode looks at one node, whose ancestors are in the stack.
func checkNode(pass *analysis.Pass, objects map[string]string, n ast.Node, stack []ast.Node) {
	checkKeptState(pass, n, stack)
	switch n := n.(type) {
	case *ast.GoStmt:
		pass.Reportf(n.Pos(), "starts a goroutine")
	case *ast.SelectStmt:
		pass.Reportf(n.Pos(), "select depends on scheduling")
	case *ast.ChanType:
		pass.Reportf(n.Pos(), "uses a channel")
	case *ast.RangeStmt:
		if isMap(pass.TypesInfo.TypeOf(n.X)) {
			pass.Reportf(n.Pos(), "ranges over a map")
		}
	case *ast.Ident:
		if why, ok := objects[qualifiedName(pass.TypesInfo.Uses[n])]; ok && !tamed(pass, n, stack) {
			pass.Reportf(n.Pos(), "%s depends on %s", n.Name, why)
		}
	}
	if e, ok := n.(ast.Expr); ok && isFloat(pass.TypesInfo.TypeOf(e)) && !isDefinition(pass, e) && !parentIsFloat(pass, stack) {
		pass.Reportf(e.Pos(), "uses floating point")
	}
}

// tamed says whether the use of a function is made harmless where it stands:
// time.Unix(…).UTC(), slices.Sorted(maps.Keys(…)).
func tamed(pass *analysis.Pass, id *ast.Ident, stack []ast.Node) bool {
	if len(stack) < 3 {
		return false
	}
	call, ok := stack[len(stack)-2].(*ast.CallExpr)
	if !ok {
		return false
	}
	switch outer := stack[len(stack)-3].(type) {
	case *ast.SelectorExpr:
		return pass.TypesInfo.Uses[id].Pkg().Path() == "time" && outer.X == call && outer.Sel.Name == "UTC"
	case *ast.CallExpr:
		name := qualifiedName(calledObject(pass, outer))
		return name == "slices.Sorted" || name == "slices.SortedFunc"
	}
	return false
}

// checkKeptState reports what survives a transaction: a package variable that is
// changed, and init functions.
func checkKeptState(pass *analysis.Pass, n ast.Node, stack []ast.Node) {
	report := func(e ast.Expr) {
		if v := packageVariable(pass, e); v != nil && insideFunction(stack) {
			pass.Reportf(e.Pos(), "changes package variable %s", v.Name())
		}
	}
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Recv == nil && n.Name.Name == "init" {
			pass.Reportf(n.Pos(), "has an init function")
		}
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, left := range n.Lhs {
				report(left)
			}
		}
	case *ast.IncDecStmt:
		report(n.X)
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			report(n.X)
		}
	case *ast.CallExpr:
		builtin, ok := calledObject(pass, n).(*types.Builtin)
		if ok && len(n.Args) > 0 && slices.Contains([]string{"delete", "clear", "copy"}, builtin.Name()) {
			report(n.Args[0])
		}
	case *ast.SelectorExpr:
		if s, ok := pass.TypesInfo.Selections[n]; ok && s.Kind() == types.MethodVal && takesAddress(s) {
			report(n.X)
		}
	}
}

// takesAddress says whether calling the method changes what it is called on:
// a pointer's method called on a value.
func takesAddress(s *types.Selection) bool {
	signature, ok := s.Obj().Type().(*types.Signature)
	if !ok || signature.Recv() == nil {
		return false
	}
	return isPointer(signature.Recv().Type()) && !isPointer(s.Recv())
}

// packageVariable returns the package-level variable that e is a part of.
func packageVariable(pass *analysis.Pass, e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok {
				if _, qualified := pass.TypesInfo.Uses[id].(*types.PkgName); qualified {
					e = x.Sel
					continue
				}
			}
			e = x.X
		case *ast.Ident:
			v, ok := pass.TypesInfo.Uses[x].(*types.Var)
			if ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
				return v
			}
			return nil
		default:
			return nil
		}
	}
}

// calledObject returns what a call calls, nil when it is a computed function.
func calledObject(pass *analysis.Pass, call *ast.CallExpr) types.Object {
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return pass.TypesInfo.Uses[f]
	case *ast.SelectorExpr:
		return pass.TypesInfo.Uses[f.Sel]
	case *ast.IndexExpr: // an instantiated generic function
		if s, ok := f.X.(*ast.SelectorExpr); ok {
			return pass.TypesInfo.Uses[s.Sel]
		}
	}
	return nil
}

// qualifiedName returns "time.Now", "(time.Time).Local", or "" for what is
// neither a function nor a package's variable.
func qualifiedName(o types.Object) string {
	switch o := o.(type) {
	case *types.Func:
		return o.Origin().FullName()
	case *types.Var:
		if o.Pkg() != nil && o.Parent() == o.Pkg().Scope() {
			return o.Pkg().Path() + "." + o.Name()
		}
	}
	return ""
}

func insideFunction(stack []ast.Node) bool {
	for _, n := range stack {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return true
		}
	}
	return false
}

func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	if parameter, ok := types.Unalias(t).(*types.TypeParam); ok {
		constraint, ok := parameter.Constraint().Underlying().(*types.Interface)
		return ok && embedsMap(constraint)
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// embedsMap says whether a type constraint admits maps.
func embedsMap(constraint *types.Interface) bool {
	for embedded := range constraint.EmbeddedTypes() {
		switch e := embedded.(type) {
		case *types.Union:
			for term := range e.Terms() {
				if isMap(term.Type()) {
					return true
				}
			}
		default:
			if isMap(e) {
				return true
			}
		}
	}
	return false
}

// isFloat leaves untyped constants alone: 1e6 may well become an integer.
func isFloat(t types.Type) bool {
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0 && basic.Info()&types.IsUntyped == 0
}

// isDefinition says whether e is the name being defined: its type or its value,
// written beside it, is reported already.
func isDefinition(pass *analysis.Pass, e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && pass.TypesInfo.Defs[id] != nil
}

// parentIsFloat keeps one expression from being reported once for each part.
func parentIsFloat(pass *analysis.Pass, stack []ast.Node) bool {
	if len(stack) == 0 {
		return false
	}
	e, ok := stack[len(stack)-1].(ast.Expr)
	return ok && isFloat(pass.TypesInfo.TypeOf(e))
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}
