package overlay

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestRedirect(t *testing.T) {
	const head = "module example.com/shop\n\nrequire example.com/layer v1.2.0 // why\n"
	to := move{path: "example.com/layer", version: "v1.2.0", dir: "/cache/layer@v1.2.0"}
	for name, test := range map[string]struct {
		file, content, want string
		moves               []move
	}{
		"plain": {"/m/go.mod", head, head + "\nreplace example.com/layer v1.2.0 => /cache/layer@v1.2.0\n", []move{to}},
		"beside others, whose paths stay relative": {
			"/m/go.mod", head + "\nreplace example.com/other => ../other\n",
			head + "\nreplace example.com/other => ../other\n\nreplace example.com/layer v1.2.0 => /cache/layer@v1.2.0\n", []move{to},
		},
		"over a fork of that version": {
			"/m/go.mod", head + "\nreplace example.com/layer v1.2.0 => example.com/fork v1.3.0\n",
			head + "\nreplace example.com/layer v1.2.0 => /cache/layer@v1.2.0\n", []move{to},
		},
		"beside a fork of all versions, which it beats": {
			"/m/go.mod", head + "\nreplace example.com/layer => example.com/fork v1.3.0\n",
			head + "\nreplace (\n\texample.com/layer => example.com/fork v1.3.0\n\texample.com/layer v1.2.0 => /cache/layer@v1.2.0\n)\n", []move{to},
		},
		"workspace": {
			"/m/go.work", "go 1.26.0\n\nuse ./shop\n",
			"go 1.26.0\n\nuse ./shop\n\nreplace example.com/layer v1.2.0 => /cache/layer@v1.2.0\n", []move{to},
		},
		"a path with spaces": {
			"/m/go.mod", head, head + "\nreplace example.com/layer v1.2.0 => \"/a cache/layer\"\n",
			[]move{{path: "example.com/layer", version: "v1.2.0", dir: "/a cache/layer"}},
		},
		"several": {
			"/m/go.mod", "module m\n", "module m\n\nreplace a.b/x v1.0.0 => /x\n\nreplace a.b/y v1.0.0 => /y\n",
			[]move{{"a.b/x", "v1.0.0", "/x"}, {"a.b/y", "v1.0.0", "/y"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			content, err := redirect(test.file, []byte(test.content), test.moves)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(content)).To(Equal(test.want))
		})
	}
}

func TestRedirectNamesTheFileThatItCannotRead(t *testing.T) {
	for _, file := range []string{"/m/go.mod", "/m/go.work"} {
		_, err := redirect(file, []byte("what"), nil)
		NewWithT(t).Expect(err).To(MatchError(HavePrefix("overlay: " + file + ":1: ")))
	}
}
