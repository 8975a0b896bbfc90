package graphapi_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures/graph"
	"pagerisk/scanner/graphapi"
)

func TestDoctor(t *testing.T) {
	expires := time.Date(2027, 1, 10, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name    string
		set     func(s *graph.Server)
		token   string
		want    func(h *graphapi.Health) // change of the healthy answer
		refused []string
	}{
		{name: "all well"},
		{name: "expires", set: func(s *graph.Server) {
			k := s.Tokens[graph.PageToken]
			k.Expires = expires
			s.Tokens[graph.PageToken] = k
		}, want: func(h *graphapi.Health) { h.Token.Expires = expires }},
		{name: "a permission is missing", set: func(s *graph.Server) {
			s.Tokens[graph.PageToken] = graph.Token{Kind: "PAGE", Scopes: []string{"pages_show_list", "pages_read_engagement", "pages_read_user_content"}}
			s.Mute = []string{"instagram_business_account", "connected_instagram_account"}
		}, want: func(h *graphapi.Health) {
			h.Token.Missing = []string{"instagram_basic"}
			h.Instagram = graphapi.InstagramHealth{}
		}},
		{name: "half a link", set: func(s *graph.Server) { s.Mute = []string{"instagram_business_account"} },
			want: func(h *graphapi.Health) { h.Instagram = graphapi.InstagramHealth{Half: true} }},
		{name: "nobody tells", set: func(s *graph.Server) {
			s.Faults = []*graph.Fault{{On: "debug_token", Reply: graph.Fail(400, 100, 0, "(#100) You must provide an app access token")}}
		}, want: func(h *graphapi.Health) {
			h.Token = graphapi.TokenHealth{Valid: true, Kind: "PAGE", Own: true}
		}},
		{name: "reels are closed", set: func(s *graph.Server) {
			s.Faults = []*graph.Fault{{On: "video_reels", Reply: graph.Fail(403, 10, 0, "(#10) no")}}
		}, refused: []string{"video_reels"}},
		{name: "somebody's token", token: "user-token", set: func(s *graph.Server) {
			s.Tokens["user-token"] = graph.Token{Kind: "USER", Scopes: graphapi.Scopes}
			s.Nodes[s.Page].Fields["access_token"] = graph.PageToken
		}, want: func(h *graphapi.Health) {
			h.Token.Kind, h.Token.Own, h.Tasks = "USER", false, []string{"ADVERTISE", "CREATE_CONTENT", "MODERATE"}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graph.Demo()
			if tt.set != nil {
				tt.set(s)
			}
			src := open(t, s, func(o *graphapi.Options) {
				if tt.token != "" {
					o.Token = tt.token
				}
			})
			got, err := src.Doctor(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			clean(t, s)
			var refused []string
			for _, l := range got.Lists {
				if l.Err != nil {
					refused = append(refused, l.Name)
				}
			}
			if !slices.Equal(refused, tt.refused) {
				t.Errorf("refused lists %q, want %q", refused, tt.refused)
			}
			want := &graphapi.Health{PageID: s.Page, Page: "Bäckerei Beispiel", Published: true, Version: "v25.0", Used: -1,
				Token: graphapi.TokenHealth{Checked: true, Valid: true, Kind: "PAGE", Own: true, App: "Beispiel-App",
					Access: time.Date(2027, 1, 21, 12, 0, 0, 0, time.UTC)},
				Instagram: graphapi.InstagramHealth{ID: "17841400000000001", Username: "baeckerei.beispiel", Media: 5}}
			if tt.want != nil {
				tt.want(want)
			}
			if got.Token.OtherIDs != want.Token.OtherIDs {
				t.Error("permissions are taken for another page's")
			}
			lists := got.Lists
			got.Lists = nil
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("health (-want +got):\n%s", diff)
			}
			if n := 8; want.Instagram.ID != "" && len(lists) != n {
				t.Errorf("%d lists, want %d", len(lists), n)
			}
		})
	}
}

func TestDoctorOfDeadToken(t *testing.T) {
	s := graph.Demo()
	s.Tokens[graph.PageToken] = graph.Token{Kind: "PAGE", Dead: 460}
	_, err := open(t, s).Doctor(t.Context())
	var fault *graphapi.Error
	if !errors.As(err, &fault) || !errors.Is(err, graphapi.ErrToken) || fault.Cause != graphapi.CausePassword || strings.Contains(err.Error(), graph.PageToken) {
		t.Errorf("error %v, want %v with cause %q and without the token", err, graphapi.ErrToken, graphapi.CausePassword)
	}
}
