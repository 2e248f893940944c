package model

// An FP16 graph has the same weight file and the same operators: every float constant is stored under
// another name and cast once (ONNX Runtime folds that when it loads the graph), so that all between the
// float16 input and the last cast computes in float16. The output is float32 in every graph.

// storedSuffix ends the name of a constant as it is stored.
const storedSuffix = "_float32"

// isCast tells whether a constant is one of those.
func (c constant) isCast() bool { return c.dataType == dataTypeFloat && !c.exact }

// halfNodes puts the casts before the operators, and one in the place of the last, which names the output.
func (g *graph) halfNodes() [][]byte {
	var nodes [][]byte
	cast := func(from, to string, element int) {
		nodes = append(nodes, nodeProto("Cast", "Cast_"+to, []string{from}, []string{to}, []attr{attrInt("to", element)}))
	}
	for _, c := range g.inline {
		if c.isCast() {
			cast(c.name+storedSuffix, c.name, dataTypeFloat16)
		}
	}
	for _, w := range g.weights.tensors {
		cast(w.name+storedSuffix, w.name, dataTypeFloat16)
	}
	nodes = append(nodes, g.nodes[:len(g.nodes)-1]...)
	cast(g.output.name, g.task.OutputName(), dataTypeFloat)
	return nodes
}
