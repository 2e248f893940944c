package scenario

import (
	"strings"
	"testing"
)

// Sizes to which batches are padded ascend from 1 at least to max_batch, and there is something to pad. One mistake
// brings one error.
func TestAllowedBatchSizes(t *testing.T) {
	const stage = "[[resource]]\nname='l'\ntype='link'\nbandwidth='1GB/s'\n[[stage]]\nname='a'\nmax_batch=4\nallowed_batch_sizes=[4]\nSTEP"
	for _, c := range []struct{ text, want string }{
		{"hardware='8gpu'\n[batcher]\nallowed_batch_sizes=[1, 8, 32]", ""},
		{"hardware='8gpu'\n[batcher]\nmax_batch=3\nallowed_batch_sizes=3", ""},
		{"hardware='8gpu'\n[batcher]\nallowed_batch_sizes=[]", ""},
		{"hardware='8gpu'\n[batcher]\nallowed_batch_sizes=[1, 8]",
			"test.toml:3: batcher.allowed_batch_sizes = [1 8]: must end with max_batch = 32, but end with 8; end with 32, or set batcher.max_batch = 8"},
		{"hardware='8gpu'\n[batcher]\nmax_batch=4\nallowed_batch_sizes=[1, 8]",
			"test.toml:4: batcher.allowed_batch_sizes = [1 8]: must end with max_batch = 4, but end with 8; end with 4, or set batcher.max_batch = 8"},
		{"hardware='8gpu'\n[batcher]\nallowed_batch_sizes=[1, 8, 8, 32]", "test.toml:3: batcher.allowed_batch_sizes = [1 8 8 32]: must ascend, but 8 follows 8; sort them"},
		{"hardware='8gpu'\n[batcher]\nallowed_batch_sizes='4,32'", `test.toml:3: batcher.allowed_batch_sizes = "4,32": must be a list in [ ], such as [4, 8]`},
		{"hardware='8gpu'\n[batcher]\nallowed_batch_sizes=[0, 32]", "test.toml:3: batcher.allowed_batch_sizes.0 = 0: must be at least 1"},
		{"hardware='8gpu'\n[batcher]\nallowed_batch_sizes=[1.5, 32]", "test.toml:3: batcher.allowed_batch_sizes.0 = 1.5: must be a whole number"},
		{"hardware='8gpu'\n[batcher]\nmax_batch=0\nallowed_batch_sizes=[1, 8]", "test.toml:3: batcher.max_batch = 0: must be at least 1"},
		{"hardware='8gpu'\n[pipeline]\npreset='detect-then-identify'\n[identify]\nmax_batch=8\nallowed_batch_sizes=[4]",
			"test.toml:6: identify.allowed_batch_sizes = [4]: must end with max_batch = 8, but end with 4; end with 8, or set identify.max_batch = 4"},
		{"[[stage]]\nname='a'\nmax_batch=8\nallowed_batch_sizes=[4]\nservice='1ms'",
			"test.toml:4: stage.0.allowed_batch_sizes = [4]: must end with max_batch = 8, but end with 4; end with 8, or set stage.0.max_batch = 4"},
		{strings.Replace(stage, "STEP", "service='1ms'", 1), ""},
		{strings.Replace(stage, "STEP", "steps=[{name='up', resource='l', service={bytes='1kB'}}, {name='infer', service='1ms'}]", 1), ""},
		{strings.Replace(stage, "STEP", "resource='l'\nservice={bytes='1kB'}", 1),
			"test.toml:8: stage.0.allowed_batch_sizes = [4]: has no effect: no step of the stage is a model's run, done once a batch; remove it, or add the step"},
		{strings.NewReplacer("type='link'\n", "", "STEP", "resource='l'\nservice={bytes='1kB'}").Replace(stage),
			"test.toml:7: stage.0.allowed_batch_sizes = [4]: has no effect"},
		{strings.Replace(stage, "STEP", "steps=[{name='x', service='1ms', each=true}]", 1), "test.toml:8: stage.0.allowed_batch_sizes = [4]: has no effect"},
		{strings.Replace(stage, "STEP", "resource='m'\nservice='1ms'", 1), `stage.0.resource = "m": no [[resource]] has this name`},
	} {
		if got := faultsOf(t, c.text); c.want == "" && got != "" || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s\ngives %q\nwant  %q", c.text, got, c.want)
		}
	}
}
