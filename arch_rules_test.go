package tablee_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// rule says what the packages of one room may import besides the standard library.
type rule struct {
	room       string   // path below the module; a last element of * fits any sub-room
	allow      []string // import paths and all below them
	pure       bool     // no clock, goroutine, lock, network or file
	everything bool
}

// ruleFor finds the rule with the longest room that fits.
func ruleFor(rules []rule, room string) (best rule, found bool) {
	for _, r := range rules {
		if fits(r.room, room) && (!found || len(r.room) > len(best.room)) {
			best, found = r, true
		}
	}
	return best, found
}

// fits says if path is pattern or below it.
func fits(pattern, path string) bool {
	if parent, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(path, parent+"/")
	}
	return path == pattern || strings.HasPrefix(path, pattern+"/")
}

// checkImports returns a sentence for each import that the rule forbids.
func checkImports(r rule, room string, imports []string) (wrong []string) {
	for _, i := range imports {
		first, _, _ := strings.Cut(i, "/")
		standard := first != module && !strings.Contains(first, ".")
		if standard || r.everything || slices.ContainsFunc(r.allow, func(a string) bool { return fits(a, i) }) {
			continue
		}
		allowed := "the standard library"
		if len(r.allow) > 0 {
			allowed += " and " + strings.Join(r.allow, ", ")
		}
		wrong = append(wrong, fmt.Sprintf("%s imports %s, but may import only %s", room, i, allowed))
	}
	return wrong
}

// source is one parsed file.
type source struct {
	name  string
	lines int
	set   *token.FileSet
	tree  *ast.File
}

func parseSource(name, text string) (source, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{name: name, lines: strings.Count(text, "\n"), set: set, tree: tree}, err
}

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.name, s.set.Position(n.Pos()).Line)
}

// impureImports must not be in a pure room; sub-packages count too. net/netip and net/url are only values, and allowed.
var impureImports = []string{"net", "os", "sync", "syscall", "context", "io/fs", "log", "math/rand", "crypto/rand",
	"runtime", "unsafe", "database", "testing"}

// clock is what reads or waits for the time in package time.
var clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker"}

// checkPure returns a sentence for each clock, goroutine, lock and outside world in a pure room.
func checkPure(f source) (wrong []string) {
	timeName := ""
	for _, spec := range f.tree.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		if p == "time" {
			timeName = "time"
			if spec.Name != nil {
				timeName = spec.Name.Name
			}
		}
		if p != "net/netip" && p != "net/url" && slices.ContainsFunc(impureImports, func(i string) bool { return fits(i, p) }) {
			wrong = append(wrong, fmt.Sprintf("%s: a pure room imports %s", f.at(spec), p))
		}
	}
	if timeName == "." {
		wrong = append(wrong, fmt.Sprintf("%s: a pure room imports time with a dot", f.name))
	}
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			wrong = append(wrong, f.at(n)+": a pure room starts a goroutine")
		case *ast.SelectStmt, *ast.ChanType:
			wrong = append(wrong, f.at(n)+": a pure room uses a channel")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && timeName != "" && x.Name == timeName && slices.Contains(clock, n.Sel.Name) {
				wrong = append(wrong, fmt.Sprintf("%s: a pure room uses time.%s; pass the time in", f.at(n), n.Sel.Name))
			}
		}
		return true
	})
	return wrong
}

// checkStyle returns a sentence for each init function, mutable package variable, and function that is too long, in
// the files of one package.
func checkStyle(files []source) (wrong []string) {
	for _, f := range files {
		for _, d := range f.tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				wrong = append(wrong, f.at(fn)+": an init function; do the work where it is asked for")
			}
		}
		wrong = append(wrong, longFunctions(f, maxFunctionLines)...)
	}
	return append(wrong, checkVariables(files)...)
}

func longFunctions(f source, limit int) (wrong []string) {
	for _, d := range f.tree.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := f.set.Position(fn.End()).Line - f.set.Position(fn.Pos()).Line + 1
		if lines > limit {
			wrong = append(wrong, fmt.Sprintf("%s: %s has %d lines, the limit is %d", f.at(fn), fn.Name.Name, lines, limit))
		}
	}
	return wrong
}

func checkLines(files []source) (wrong []string) {
	for _, f := range files {
		if f.lines > maxFileLines {
			wrong = append(wrong, fmt.Sprintf("%s has %d lines, the limit is %d: split it", f.name, f.lines, maxFileLines))
		}
	}
	return wrong
}

// checkPackageComment asks every package to say what it is for.
func checkPackageComment(room string, files []source) []string {
	for _, f := range files {
		if f.tree.Doc != nil && path.Base(f.name) == "doc.go" {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s has no doc.go with a package comment", room)}
}
