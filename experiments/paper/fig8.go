package paper

import "context"

func figure8(ctx context.Context, lab *Lab) (*Sheet, error) { return &Sheet{}, nil }
