//go:build deps

package deps

import (
	_ "github.com/BurntSushi/toml"
	_ "github.com/bep/imagemeta"
	_ "github.com/cenkalti/backoff/v5"
	_ "github.com/corona10/goimagehash"
	_ "github.com/esimov/pigo/core"
	_ "github.com/gen2brain/heic"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/go-cmp/cmp/cmpopts"
	_ "github.com/huandu/facebook/v2"
	_ "github.com/nicksnyder/go-i18n/v2/i18n"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/rwcarlsen/goexif/exif"
	_ "github.com/schollz/progressbar/v3"
	_ "github.com/spf13/cobra"
	_ "github.com/xuri/excelize/v2"
	_ "golang.org/x/image/webp"
	_ "golang.org/x/net/html"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sync/semaphore"
	_ "golang.org/x/term"
	_ "golang.org/x/text/unicode/norm"
	_ "golang.org/x/time/rate"
	_ "modernc.org/sqlite"
)
