package model

// Task is what a network finds in an image.
type Task string

// The tasks, with the output that a network for each has; N is the batch.
const (
	Classification  Task = "classification" // [N, classes]: logits
	Detection       Task = "detection"      // [N, 4+classes, boxes]: centre, width and height in pixels, then scores
	Segmentation    Task = "segmentation"   // [N, classes, H, W]: logits of each pixel of a smaller image
	DepthEstimation Task = "depth"          // [N, H, W]: inverse depth of each pixel, without a scale
	Identification  Task = "identification" // [N, numbers]: a vector of length 1; those of one face lie close together
)

// OutputName names the one output of every graph for the task; it is float32.
func (t Task) OutputName() string {
	switch t {
	case Detection:
		return "detections"
	case DepthEstimation:
		return "inverse_depth"
	case Identification:
		return "embedding"
	}
	return "logits"
}
