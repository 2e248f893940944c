package scenario

import (
	"slices"
	"strings"
	"testing"
)

// TestItemsFaults: a request has an image at least, and no more than a batch may have.
func TestItemsFaults(t *testing.T) {
	batches := "[[stage]]\nname='a'\nmax_batch=8\nservice='1ms'\n"
	for _, c := range []struct{ name, text, want string }{
		{"five of eight", "[workload]\nitems=5\n" + batches, ""},
		{"all of eight", "[workload]\nitems={dist='uniform', min=1, max=8}\n" + batches, ""},
		{"weight 0", "[workload]\nitems={dist='discrete', values=[0, 5, 9], weights=[0, 1, 0]}\n" + batches, ""},
		{"a request at a time", "[workload]\nitems=9\n[[stage]]\nname='a'\nservice='1ms'", ""},
		{"taken apart before", "[workload]\nitems=9\n[[stage]]\nname='first'\nservice='1ms'\n[[stage]]\nname='b'\ncopies=1\nmax_batch=8\nservice='1ms'", ""},
		{"other class", "[[class]]\nname='one'\n[[class]]\nname='many'\nitems=9\n[[stage]]\nname='a'\nclasses=['one']\ngroup='g'\nmax_batch=8\nservice='1ms'\n[[stage]]\nname='b'\nclasses=['many']\ngroup='g'\nmax_batch=9\nservice='1ms'", ""},
		{"nine of eight", "[workload]\nitems=9\n" + batches, "test.toml:2: workload.items = 9: a request of 9 images is refused by servers of which batches have at most stage.0.max_batch = 8, as they split none"},
		{"at most nine", "[workload]\nitems={dist='uniform', min=1, max=9}\n" + batches, "workload.items = 9: a request of 9 images"},
		{"joined again", "[workload]\nitems=9\n[[stage]]\nname='first'\nservice='1ms'\ncopies=1\n[[stage]]\nname='b'\njoin=true\nmax_batch=8\nservice='1ms'", "stage.1.max_batch = 8"},
		{"of a class", "[[class]]\nname='many'\nitems=9\n" + batches, "test.toml:3: class.0.items = 9: a request of 9 images"},
		{"a batcher of one", "[workload]\nitems=2\n[[stage]]\nname='a'\nprefetch=true\nservice='1ms'", "workload.items = 2: a request of 2 images is refused by servers of which batches have at most stage.0.max_batch = 1"},
		{"beyond the preset's batcher", "hardware='8gpu'\n[workload]\nitems=33", "workload.items = 33: a request of 33 images is refused by servers of which batches have at most batcher.max_batch = 32"},
		{"of a size of images", "hardware='8gpu'\n[pipeline]\nimages=[{size='small', items=40}, {size='large'}]", "pipeline.images.0.items = 40: a request of 40 images"},
		{"perhaps none", "[workload]\nitems={dist='poisson', mean=3}\n" + batches, `workload.items = "poisson": may be 0, but a request has an image at least`},
		{"none", "[workload]\nitems={dist='discrete', values=[0, 1], weights=[1, 1]}\n" + batches, `workload.items = "discrete": may be 0`},
		{"memory of the host", "hardware='8gpu'\n[memory]\nfull='wait'\ncapacity='1GB'\n[pipeline]\npreprocessing='cpu'\n[workload]\nitems=2", `memory.full = "wait": is not modelled for requests of several images`},
		{"memory for four", "[workload]\nitems=5\n[[resource]]\nname='m'\ntype='memory'\nsize='4MB'\n[[stage]]\nname='a'\nservice='1ms'\ntake=[{memory='m', bytes='1MB'}]", "stage.0.take.0.bytes = \"1MB\": a request of 5 images does not fit into \"m\" of 4MB, and would wait forever"},
	} {
		got := faultsOf(t, c.text)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q, want one line with %q", c.name, got, c.want)
		}
	}
}

// TestItemsOfPresets: CPU workers preprocess the images of a request side by side, and it goes on when all are done;
// what the server does with a request, it does once. With one image a request the preset is what it is without.
func TestItemsOfPresets(t *testing.T) {
	general := func(set ...string) *Scenario {
		s, err := Parse("test.toml", []byte("hardware='8gpu'\n[pipeline]\npreprocessing='cpu'\nimages=[{size='small'}, {size='large', model='other'}]\n[server]\noverhead='40us'\n"), Options{Set: set})
		if err != nil {
			t.Fatal(err)
		}
		return s.General()
	}
	plain, one, five := general(), general("workload.items=1"), general("workload.items=5")
	if one.Workload.Items = nil; string(one.TOML()) != string(plain.TOML()) {
		t.Errorf("with one item:\n%s", one.TOML())
	}
	var copies, joins, each []string
	for i := range five.Stages {
		st := &five.Stages[i]
		if st.Copies != nil && st.Copies.Mean == 1 {
			copies = append(copies, st.Name)
		}
		if st.Join {
			joins = append(joins, st.Name)
		}
		for _, s := range st.Steps {
			if s.Each {
				each = append(each, s.Name)
			}
		}
	}
	if !slices.Equal(copies, []string{"preprocess"}) || !slices.Equal(joins, []string{"inference vit-base", "inference other"}) || !slices.Equal(each, []string{"decode", "resize", "forward", "copy", "post", "copy", "post"}) {
		t.Errorf("copies %q, joins %q, each %q", copies, joins, each)
	}
	largest, err := five.LargestItems(nil)
	if err != nil || !slices.Equal(largest, []int{5, 1, 5, 5}) {
		t.Errorf("largest requests %v, %v", largest, err)
	}
	again, err := Parse("test.toml", five.TOML(), Options{})
	if err != nil || string(again.TOML()) != string(five.TOML()) {
		t.Errorf("read again: %v", err)
	}
}
