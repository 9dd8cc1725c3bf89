package format

import (
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// labelTasks names the box of each task by the task's text: a box without a name says nothing to who does not see it.
func labelTasks(tree ast.Node) {
	// Walking our own tree does not fail: the function returns no error.
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() == extast.KindTaskCheckBox {
			task := n.Parent()
			task.InsertBefore(task, n, tag("<label>"))
			if n.NextSibling() == nil { // a task that is still empty
				task.AppendChild(task, tag("…"))
			}
			task.AppendChild(task, tag("</label>"))
		}
		return ast.WalkContinue, nil
	})
}

// tag is written as it stands: goldmark escapes no string that is called code.
func tag(s string) ast.Node {
	t := ast.NewString([]byte(s))
	t.SetCode(true)
	return t
}
