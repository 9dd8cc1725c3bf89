package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tablee/loadtest/result"
)

// schema is what docs/loadtest.schema.json uses of JSON Schema (draft 2020-12).
type schema struct {
	Schema      string             `json:"$schema"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Type        any                `json:"type"` // a name, or a list of names
	Required    []string           `json:"required"`
	Properties  map[string]*schema `json:"properties"`
	Additional  *schema            `json:"additionalProperties"`
	Items       *schema            `json:"items"`
	MinItems    *int               `json:"minItems"`
	MaxItems    *int               `json:"maxItems"`
	Minimum     *float64           `json:"minimum"`
	Enum        []string           `json:"enum"`
	Ref         string             `json:"$ref"`
	AnyOf       []*schema          `json:"anyOf"`
	Defs        map[string]*schema `json:"$defs"`
}

// readSchema reads the file, and refuses keywords that the check below does not know.
func readSchema(t *testing.T) *schema {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "loadtest.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	var s schema
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("the dialect is %q", s.Schema)
	}
	return &s
}

// follow gives what a $ref names.
func (s *schema) follow(root *schema) *schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		return root.Defs[name]
	}
	return s
}

// types are the kinds of value that a schema allows, by its keyword type.
func (s *schema) types() []string {
	switch v := s.Type.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, fmt.Sprint(one))
		}
		return all
	default:
		return nil
	}
}

// check says where a value breaks a schema.
func check(root, s *schema, value any, at string) (wrong []string) {
	if s = s.follow(root); s == nil {
		return []string{at + ": the schema names a definition that it has not"}
	}
	if len(s.AnyOf) > 0 {
		for _, one := range s.AnyOf {
			if wrong = check(root, one, value, at); len(wrong) == 0 {
				return nil
			}
		}
		return wrong
	}
	kind, known := "null", s.types()
	switch v := value.(type) {
	case bool:
		kind = "boolean"
	case string:
		kind = "string"
		if s.Enum != nil && !slices.Contains(s.Enum, v) {
			wrong = append(wrong, fmt.Sprintf("%s: %q is not among %q", at, v, s.Enum))
		}
	case float64:
		kind = "number"
		if v == float64(int64(v)) && slices.Contains(known, "integer") {
			kind = "integer"
		}
		if s.Minimum != nil && v < *s.Minimum {
			wrong = append(wrong, fmt.Sprintf("%s: %v is too small", at, v))
		}
	case []any:
		kind = "array"
		if s.MinItems != nil && len(v) < *s.MinItems || s.MaxItems != nil && len(v) > *s.MaxItems {
			wrong = append(wrong, fmt.Sprintf("%s: %d items", at, len(v)))
		}
		for i, item := range v {
			wrong = append(wrong, check(root, s.Items, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		kind = "object"
		wrong = append(wrong, checkObject(root, s, v, at)...)
	}
	if !slices.Contains(known, kind) {
		wrong = append(wrong, fmt.Sprintf("%s: a value of type %s, not %v", at, kind, known))
	}
	return wrong
}

func checkObject(root, s *schema, value map[string]any, at string) (wrong []string) {
	for _, name := range s.Required {
		if _, ok := value[name]; !ok {
			wrong = append(wrong, at+"."+name+": missing")
		}
	}
	for name, field := range value {
		switch {
		case s.Properties[name] != nil:
			wrong = append(wrong, check(root, s.Properties[name], field, at+"."+name)...)
		case s.Additional != nil:
			wrong = append(wrong, check(root, s.Additional, field, at+"."+name)...)
		default:
			wrong = append(wrong, at+"."+name+": not in the schema")
		}
	}
	return wrong
}

// Every field of the types is in the schema with the right type and a description, and the other way round.
func TestSchemaDescribesTheTypes(t *testing.T) {
	root := readSchema(t)
	described := map[string]bool{}
	var walk func(kind reflect.Type, s *schema, at string)
	walk = func(kind reflect.Type, s *schema, at string) {
		null := kind.Kind() == reflect.Pointer
		if null {
			kind = kind.Elem()
		}
		if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
			described[name] = true
		}
		if len(s.AnyOf) == 2 && null && slices.Equal(s.AnyOf[1].types(), []string{"null"}) {
			walk(kind, s.AnyOf[0], at)
			return
		}
		if s = s.follow(root); s == nil {
			t.Fatalf("%s: a definition is missing", at)
		}
		want := map[reflect.Kind]string{reflect.Struct: "object", reflect.Map: "object", reflect.Slice: "array", reflect.Array: "array",
			reflect.String: "string", reflect.Bool: "boolean", reflect.Float64: "number", reflect.Int: "integer", reflect.Uint64: "integer"}[kind.Kind()]
		types := []string{want}
		if null {
			types = append(types, "null")
		}
		if !slices.Equal(s.types(), types) {
			t.Errorf("%s: type %v, not %v", at, s.types(), types)
		}
		switch kind.Kind() {
		case reflect.Slice, reflect.Array:
			walk(kind.Elem(), s.Items, at+"[]")
		case reflect.Map:
			walk(kind.Elem(), s.Additional, at+"{}")
		case reflect.Struct:
			var names []string
			for f := range kind.Fields() {
				name := f.Tag.Get("json")
				names = append(names, name)
				p := s.Properties[name]
				if p == nil {
					t.Errorf("%s: the field %q is not in the schema", at, name)
					continue
				}
				if p.Description == "" {
					t.Errorf("%s.%s has no description", at, name)
				}
				walk(f.Type, p, at+"."+name)
			}
			for name := range s.Properties {
				if !slices.Contains(names, name) {
					t.Errorf("%s: the schema has the field %q, which nothing writes", at, name)
				}
			}
			if !slices.Equal(s.Required, names) {
				t.Errorf("%s: required are %q, not %q", at, s.Required, names)
			}
		}
	}
	walk(reflect.TypeFor[result.Report](), root, "report")
	for name := range root.Defs {
		if !described[name] {
			t.Errorf("the definition %s is not used", name)
		}
	}
}

// asJSON is a report as its readers see it.
func asJSON(t *testing.T, r *result.Report) map[string]any {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestReportsFitTheSchema(t *testing.T) {
	root := readSchema(t)
	for name, r := range map[string]*result.Report{"met": sample(3, 20, false), "unmet": sample(5, 20, true), "nothing": nothing()} {
		for _, wrong := range check(root, root, asJSON(t, r), name) {
			t.Error(wrong)
		}
	}
	for name, spoil := range map[string]func(map[string]any){
		"missing":     func(v map[string]any) { delete(v, "joined") },
		"unknown":     func(v map[string]any) { v["joyned"] = 1.0 },
		"wrong type":  func(v map[string]any) { v["joined"] = "3" },
		"fraction":    func(v map[string]any) { v["joined"] = 1.5 },
		"negative":    func(v map[string]any) { v["joined"] = -1.0 },
		"null":        func(v map[string]any) { v["errors"] = nil },
		"enumeration": func(v map[string]any) { v["series"].([]any)[0].(map[string]any)["phase"] = "dancing" },
		"three":       func(v map[string]any) { v["latency_histogram"] = []any{[]any{1.0, 2.0, 3.0}} },
		"deep":        func(v map[string]any) { v["people"].([]any)[0].(map[string]any)["latency_ms"] = 5.0 },
	} {
		v := asJSON(t, sample(3, 20, false))
		spoil(v)
		if wrong := check(root, root, v, "report"); len(wrong) != 1 {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}
