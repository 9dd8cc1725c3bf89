package tablee_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Every cookie that the server makes says how it is to be kept: out of scripts' reach, over TLS where there is TLS, and on our
// own pages (RFC 6265bis, section 4.1.2).
func TestEveryCookieHasItsFlags(t *testing.T) {
	made := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "data"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			fields, ok := cookieFields(n)
			if !ok {
				return true
			}
			made++
			if fields["HttpOnly"] != "true" || fields["Secure"] == "" || fields["Secure"] == "false" || !strings.HasPrefix(fields["SameSite"], "SameSite") {
				t.Errorf("%s makes a cookie without HttpOnly, Secure and SameSite: %v", path, fields)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if made < 6 {
		t.Errorf("only %d cookies were found", made)
	}
}

// cookieFields are the fields of an http.Cookie that is made here, by name, with the last word of each value.
func cookieFields(n ast.Node) (map[string]string, bool) {
	lit, ok := n.(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	if sel, ok := lit.Type.(*ast.SelectorExpr); !ok || sel.Sel.Name != "Cookie" {
		return nil, false
	}
	fields := map[string]string{}
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		value := "computed"
		switch v := kv.Value.(type) {
		case *ast.Ident:
			value = v.Name
		case *ast.SelectorExpr:
			value = v.Sel.Name
		}
		if key, ok := kv.Key.(*ast.Ident); ok {
			fields[key.Name] = value
		}
	}
	return fields, true
}
