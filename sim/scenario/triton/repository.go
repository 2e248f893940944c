package triton

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// maxModels is the largest number of models of a repository that get requests of their own.
const maxModels = 256

// modelsIn lists the models of a repository, in their order: the folders in which a configuration lies, or a version
// with a model's file of which the server makes one up. Others are the folders in which neither does.
func modelsIn(folder string) (models, others []string, err error) {
	found, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil, userfile.Reason(err)
	}
	for _, f := range found {
		path := filepath.Join(folder, f.Name())
		info, err := os.Stat(path)
		if strings.HasPrefix(f.Name(), ".") || err != nil || !info.IsDir() {
			continue
		}
		_, err = os.Stat(filepath.Join(path, configName))
		if err == nil || versionedFile(path) != "" {
			models = append(models, f.Name())
		} else {
			others = append(others, f.Name())
		}
	}
	return models, others, nil
}

// configName is the name of a model's configuration in its folder.
const configName = "config.pbtxt"

// passedOver warns of the folders of a repository that are no models.
func (im *importer) passedOver(folder string, others []string) {
	for _, name := range others {
		im.warn(scenario.Fault{File: filepath.Join(folder, name), Rule: "left out: neither a configuration lies here nor a version with a model's file, such as 1/model.onnx",
			Remedy: "write " + configName + ", or move the folder out of the repository"})
	}
}

// entries are the models that get requests: that of a file, or those of a repository.
func (im *importer) entries(file string) []*entry {
	if im.folder {
		return im.repository(file)
	}
	if len(im.opt.Traffic) > 0 {
		im.fault(scenario.Fault{File: "--traffic", Rule: "parts the requests among the models of a repository, but " + file + " is one model", Remedy: "name the folder of the models"})
	}
	if c := im.load(file); c != nil {
		if c.EnsembleScheduling == nil && im.ownRepository {
			im.warn(scenario.Fault{File: "--repository", Rule: quote(im.opt.Repository) + " has no effect: " + quote(c.Name) + " is no ensemble, whose models would lie there", Remedy: "drop it"})
		}
		return []*entry{{config: c}}
	}
	return nil
}

// repository are the models of a repository that get requests: those that --traffic names, or all that no ensemble
// has as a step.
func (im *importer) repository(folder string) (out []*entry) {
	if len(im.opt.Shares) > 0 {
		im.fault(scenario.Fault{File: "--shares", Rule: "parts the requests of one model by priority, but " + folder + " is a repository", Remedy: "import " + filepath.Join(folder, "NAME", "config.pbtxt")})
	}
	models, others, err := im.list(folder)
	if im.opt.Traffic == nil {
		im.passedOver(folder, others)
	}
	switch {
	case err != nil:
		im.fault(scenario.Fault{File: folder, Rule: "cannot be read: " + err.Error()})
	case len(models) == 0:
		im.fault(scenario.Fault{File: folder, Rule: "no model lies here, NAME/config.pbtxt", Remedy: "name the folder of the models, or a configuration"})
	case len(im.opt.Traffic) > 0:
		out = im.named(models)
	default:
		out = im.outermost(models)
	}
	if len(out) > maxModels {
		im.fault(scenario.Fault{File: folder, Found: fmt.Sprint(len(out)), Key: "models", Rule: fmt.Sprintf("at most %d get requests of their own", maxModels), Remedy: "--traffic NAME=SHARE names those that do"})
	}
	return out
}

// named are the models that --traffic gives a share.
func (im *importer) named(models []string) (out []*entry) {
	for _, name := range slices.Sorted(maps.Keys(im.opt.Traffic)) {
		share := im.opt.Traffic[name]
		f := scenario.Fault{File: "--traffic", Key: name, Found: fmt.Sprint(share)}
		switch {
		case !slices.Contains(models, name):
			f.Rule, f.Remedy = "no model of this name lies in the repository", nearest(name, models)
			im.fault(f)
		case share < 1:
			f.Rule, f.Remedy = "a share is positive", "leave the model out"
			im.fault(f)
		default:
			if c := im.model(name); c != nil {
				out = append(out, &entry{config: c, share: share})
			}
		}
	}
	return out
}

// outermost are the models that no ensemble has as a step.
func (im *importer) outermost(models []string) (out []*entry) {
	inside := map[string]bool{}
	var configs []*modelConfig
	for _, name := range models {
		c := im.model(name)
		if c == nil {
			continue
		}
		configs = append(configs, c)
		if c.EnsembleScheduling != nil {
			for i := range c.EnsembleScheduling.Step {
				inside[c.EnsembleScheduling.Step[i].ModelName] = true
			}
		}
	}
	for _, c := range configs {
		if !inside[c.Name] {
			out = append(out, &entry{config: c, share: 1})
		}
	}
	if len(out) == 0 && len(configs) > 0 && len(im.faults) == 0 {
		im.fault(configs[0].fault("ensemble_scheduling", nil, "every model is a step of an ensemble, so that none gets requests", "--traffic NAME=SHARE names those that do"))
	}
	return out
}

// trafficClasses are the kinds of requests to a repository: one for each model that gets some.
func (im *importer) trafficClasses(entries []*entry) (out []scenario.Class, note string) {
	for _, e := range entries {
		priority := 0
		if of, _ := im.classes(e.served); len(of) > 0 {
			priority = of[0].Priority
		}
		out = append(out, scenario.Class{Name: e.config.Name, Weight: float64(e.share), Priority: priority})
	}
	if im.opt.Traffic == nil {
		return out, "all models that no ensemble has as a step get as many requests; vsim import triton --traffic NAME=SHARE says otherwise"
	}
	return out, "shares of the requests, from --traffic"
}
