package tablee_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// makers are functions whose result at package level is a value that nobody changes. So is what a MustX returns.
var makers = []string{"errors.New", "fmt.Errorf", "strings.NewReplacer"}

// checkVariables returns a sentence for each package-level variable that holds, or could come to hold, state: one
// without a value (unless embedded files), one made by a call that is not among makers, a pointer, and one that is
// written to anywhere in the package.
func checkVariables(files []source) (wrong []string) {
	variables := map[string]bool{}
	for _, f := range files {
		for _, d := range f.tree.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				spec := s.(*ast.ValueSpec)
				for i, name := range spec.Names {
					if name.Name == "_" || embeds(g, spec) {
						continue
					}
					variables[name.Name] = true
					if i >= len(spec.Values) || !isConstantLike(spec.Values[i]) {
						wrong = append(wrong, fmt.Sprintf("%s: the package variable %s is, or may become, state", f.at(name), name.Name))
					}
				}
			}
		}
	}
	for _, f := range files {
		wrong = append(wrong, writes(f, variables)...)
	}
	return wrong
}

// embeds says if a declaration is filled by //go:embed.
func embeds(g *ast.GenDecl, spec *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{g.Doc, spec.Doc} {
		if doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
			return strings.HasPrefix(c.Text, "//go:embed ")
		}) {
			return true
		}
	}
	return false
}

// isConstantLike says if a variable with this value would be a constant if Go had constants of its type.
func isConstantLike(value ast.Expr) bool {
	switch v := value.(type) {
	case *ast.BasicLit, *ast.Ident, *ast.SelectorExpr, *ast.BinaryExpr, *ast.FuncLit:
		return true
	case *ast.CompositeLit:
		return !strings.HasPrefix(dotted(v.Type), "sync.") && !strings.HasPrefix(dotted(v.Type), "atomic.")
	case *ast.CallExpr:
		if _, conversion := v.Fun.(*ast.ArrayType); conversion {
			return true
		}
		name := dotted(v.Fun)
		return slices.Contains(makers, name) || strings.HasPrefix(name[strings.LastIndexByte(name, '.')+1:], "Must")
	default:
		return false
	}
}

// dotted is the source text of a name or of package.Name, "" for anything else.
func dotted(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return dotted(e.X) + "." + e.Sel.Name
	default:
		return ""
	}
}

// writes finds assignments to the variables and addresses taken of them, function by function. A function that
// declares the same name itself is taken to mean its own.
func writes(f source, variables map[string]bool) (wrong []string) {
	for _, d := range f.tree.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		own := declared(fn)
		blame := func(e ast.Expr, n ast.Node) {
			if name := rootName(e); variables[name] && !own[name] {
				wrong = append(wrong, fmt.Sprintf("%s: %s writes to the package variable %s", f.at(n), fn.Name.Name, name))
			}
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, left := range n.Lhs {
					blame(left, n)
				}
			case *ast.IncDecStmt:
				blame(n.X, n)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					blame(n.X, n)
				}
			case *ast.CallExpr:
				if name := dotted(n.Fun); (name == "delete" || name == "clear") && len(n.Args) > 0 {
					blame(n.Args[0], n)
				}
			}
			return true
		})
	}
	return wrong
}

// rootName is the variable in which x, x.f, x[i] or *x lies, "" if it is not a plain variable.
func rootName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return rootName(e.X)
	case *ast.IndexExpr:
		return rootName(e.X)
	case *ast.StarExpr:
		return rootName(e.X)
	case *ast.ParenExpr:
		return rootName(e.X)
	default:
		return ""
	}
}

// declared are the names that a function declares: receiver, parameters, results, variables.
func declared(fn *ast.FuncDecl) map[string]bool {
	own := map[string]bool{}
	add := func(e ast.Expr) {
		if i, ok := e.(*ast.Ident); ok {
			own[i.Name] = true
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				add(name)
			}
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, left := range n.Lhs {
					add(left)
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				add(n.Key)
				add(n.Value)
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				add(name)
			}
		}
		return true
	})
	return own
}
