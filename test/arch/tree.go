package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// sourceFiles returns the files below root, as paths relative to it, less what is
// generated: git's directory, the network's state, and what was built.
func sourceFiles(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); name == ".git" || name == ".run" || relative == "bin" {
				return fs.SkipDir
			}
			return nil
		}
		if entry.Type().IsRegular() {
			files = append(files, filepath.ToSlash(relative))
		}
		return nil
	})
	return files, err
}

// privateKeys returns the files that hold a PEM private key of any kind.
func privateKeys(root string, files []string) ([]string, error) {
	pem := regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\r?\n[A-Za-z0-9+/]`)
	var found []string
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		// Written in Go or JSON, a line break is an escape.
		if pem.Match(bytes.ReplaceAll(content, []byte(`\n`), []byte("\n"))) {
			found = append(found, file)
		}
	}
	return found, nil
}

// skippedTests returns where the sources of tests, Go's and testscript's, can
// skip one.
func skippedTests(root string, files []string) ([]string, error) {
	var found []string
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		var lines []int
		switch {
		case strings.HasPrefix(file, "test/arch/testdata/"):
			continue
		case strings.HasSuffix(file, ".go"):
			lines, err = goSkips(file, content)
		case strings.HasSuffix(file, ".txtar"), strings.Contains(file, "testdata/script/"):
			lines = scriptSkips(content)
		}
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			found = append(found, fmt.Sprintf("%s:%d", file, line))
		}
	}
	return found, nil
}

// goSkips looks for calls of the methods of testing.TB that end a test which
// neither passed nor failed, and for testing.Short.
func goSkips(name string, content []byte) ([]int, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, content, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if !importsTesting(file) {
		return nil, nil
	}
	var lines []int
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		s, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		on, _ := s.X.(*ast.Ident)
		switch s.Sel.Name {
		case "Skipf", "SkipNow":
			lines = append(lines, set.Position(s.Pos()).Line)
		case "Skip", "Short":
			if on != nil && (s.Sel.Name == "Skip") != (on.Name == "testing") {
				lines = append(lines, set.Position(s.Pos()).Line)
			}
		}
		return true
	})
	return lines, nil
}

func importsTesting(file *ast.File) bool {
	return slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool {
		return spec.Path.Value == `"testing"` || spec.Path.Value == `"pgregory.net/rapid"`
	})
}

func scriptSkips(content []byte) []int {
	skip := regexp.MustCompile(`^(\[[^\]]*\]\s*)*skip(\s|$)`)
	var lines []int
	for i, line := range bytes.Split(content, []byte("\n")) {
		if bytes.HasPrefix(line, []byte("-- ")) {
			break // the script's files follow
		}
		if skip.Match(line) {
			lines = append(lines, i+1)
		}
	}
	return lines
}
