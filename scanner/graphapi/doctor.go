package graphapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/huandu/facebook/v2"

	"pagerisk/scanner"
)

// Scopes are the permissions that a whole pull needs. None of them can write.
var Scopes = []string{"pages_show_list", "pages_read_engagement", "pages_read_user_content", "instagram_basic"}

// Health is what a pull can expect: who the token belongs to, what it may do, and what each list answers.
type Health struct {
	Token     TokenHealth
	PageID    string
	Page      string // name
	Published bool
	Tasks     []string // what the person behind a user token may do on the page; nil where the API does not tell
	Instagram InstagramHealth
	Lists     []ListHealth
	Version   string // asked for
	Served    string // that answers, where it is another one
	Used      int    // percent of the budget, by the headers; -1 where they tell nothing
}

// TokenHealth is what the API tells of the token. Checked is false where it tells nobody but the app's own people; then
// only Kind is known, from what "me" is.
type TokenHealth struct {
	Checked  bool
	Valid    bool
	Cause    Cause  // of a token that is not valid
	Kind     string // "PAGE", "USER", "SYSTEM_USER", "APP", "" where unknown
	Own      bool   // a page token of this very page
	App      string
	Expires  time.Time // zero = never, or not told
	Access   time.Time // until when data may be read; zero = not told
	Missing  []string  // permissions of Scopes that are not given
	OtherIDs bool      // the permissions are given for other pages or accounts only
}

// InstagramHealth is the account that is linked to the page.
type InstagramHealth struct {
	ID, Username string
	Media        int
	Half         bool // connected, but not as a business account: the API does not show it
}

// ListHealth is what one list answers. Err is nil where it may be read.
type ListHealth struct {
	Name  string // as in the origins of items
	Empty bool
	Err   *Error
}

// Doctor asks what a pull needs to know before it begins; about a dozen calls. The error is one that lets nothing be
// read at all.
func (s *Source) Doctor(ctx context.Context) (*Health, error) {
	h := &Health{Version: s.c.version, Used: -1, Token: TokenHealth{Valid: true}}
	me, err := s.c.get(ctx, "me", facebook.Params{"fields": "id,name"})
	if err != nil && (fatal(err) || ctx.Err() != nil) {
		return nil, s.during("me", err)
	}
	var self named
	decode(me, &self)
	raw, err := s.pageNode(ctx, func(refusal) {})
	if err != nil {
		return nil, err
	}
	var page pageNode
	decode(raw, &page)
	if scanner.NumberKey(scanner.Facebook, string(page.ID)) == "" {
		return nil, &Error{Op: fmt.Sprintf("read %q", s.ID()), Kind: ErrUnavailable, Cause: CauseUnavailable, Message: "the answer holds no page"}
	}
	s.c.mu.Lock()
	s.c.page = string(page.ID)
	s.c.mu.Unlock()
	h.PageID, h.Page = string(page.ID), name(page.Name)
	h.Published = !page.Published.set || page.Published.value
	h.Token.Own = self.ID == page.ID
	if h.Token.Own {
		h.Token.Kind = "PAGE"
	} else if self.ID != "" {
		h.Token.Kind = "USER"
	}
	ig := page.Instagram.V
	h.Instagram = InstagramHealth{ID: string(ig.ID), Username: name(ig.Username), Media: int(ig.MediaCount), Half: ig.ID == "" && page.Connected.V.ID != ""}
	if err := s.debugToken(ctx, h); err != nil {
		return nil, err
	}
	if !h.Token.Valid {
		return h, nil
	}
	if !h.Token.Own {
		if h.Tasks, err = s.tasks(ctx, page.ID); err != nil {
			return nil, err
		}
	}
	lists := []struct {
		name, path string
		params     facebook.Params
	}{
		{"published_posts", h.PageID + "/published_posts", nil}, {"photos", h.PageID + "/photos", facebook.Params{"type": "uploaded"}},
		{"albums", h.PageID + "/albums", nil}, {"videos", h.PageID + "/videos", nil}, {"video_reels", h.PageID + "/video_reels", nil},
		{"stories", h.PageID + "/stories", nil},
	}
	if scanner.NumberKey(scanner.Instagram, h.Instagram.ID) != "" {
		lists = append(lists, lists[0], lists[0])
		lists[6].name, lists[6].path = "media", h.Instagram.ID+"/media"
		lists[7].name, lists[7].path = "ig_stories", h.Instagram.ID+"/stories"
	}
	for _, l := range lists {
		params := facebook.Params{"fields": "id", "limit": "1"}
		for k, v := range l.params {
			params[k] = v
		}
		if l.name == "stories" {
			params["fields"] = "post_id"
		}
		body, err := s.c.get(ctx, l.path, params)
		one := ListHealth{Name: l.name}
		if err != nil {
			if fatal(err) || ctx.Err() != nil || !errors.As(err, &one.Err) {
				return nil, s.during(l.name, err)
			}
		} else if p, err := readPage(body, l.path); err == nil {
			one.Empty = len(p.elems) == 0 && p.next == nil
		}
		h.Lists = append(h.Lists, one)
	}
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	h.Served = s.c.served
	if s.c.usage.told {
		h.Used = int(s.c.usage.share + 0.5)
	}
	return h, nil
}

// tasks are those of the token's person on the page.
func (s *Source) tasks(ctx context.Context, page text) ([]string, error) {
	body, err := s.c.get(ctx, "me/accounts", facebook.Params{"fields": "id,tasks", "limit": "100"})
	if err != nil {
		if fatal(err) || ctx.Err() != nil {
			return nil, s.during("me/accounts", err)
		}
		return nil, nil
	}
	var pages struct {
		Data []struct {
			ID    text     `json:"id"`
			Tasks []string `json:"tasks"`
		} `json:"data"`
	}
	decode(body, &pages)
	for _, p := range pages.Data {
		if p.ID == page {
			return p.Tasks, nil
		}
	}
	return nil, nil
}

func (s *Source) during(what string, err error) error {
	var fault *Error
	if errors.As(err, &fault) && fault.Op == "" {
		fault.Op = fmt.Sprintf("read %q", s.ID()+"/"+what)
	}
	return err
}

// debugToken asks the API about the token. The answer is HTTP 200 even for a dead one, and its error has names of its
// own.
func (s *Source) debugToken(ctx context.Context, h *Health) error {
	body, err := s.c.get(ctx, "debug_token", facebook.Params{"input_token": s.o.Token})
	if err != nil {
		if fatal(err) || ctx.Err() != nil {
			return s.during("debug_token", err)
		}
		return nil // told only to the app's own people
	}
	var answer struct {
		Data struct {
			Type    text            `json:"type"`
			App     text            `json:"application"`
			Valid   flag            `json:"is_valid"`
			Expires number          `json:"expires_at"`
			Access  number          `json:"data_access_expires_at"`
			Profile text            `json:"profile_id"`
			Scopes  json.RawMessage `json:"scopes"`
			Targets []struct {
				Scope text            `json:"scope"`
				IDs   json.RawMessage `json:"target_ids"`
			} `json:"granular_scopes"`
			Error *graphError `json:"error"`
		} `json:"data"`
	}
	decode(body, &answer)
	d, t := answer.Data, &h.Token
	if !d.Valid.set {
		return nil
	}
	t.Checked, t.Valid, t.App = true, d.Valid.value, name(d.App)
	if d.Type != "" {
		t.Kind = string(d.Type)
	}
	t.Own = t.Own || t.Kind == "PAGE" && string(d.Profile) == h.PageID
	t.Expires, t.Access = unix(d.Expires), unix(d.Access)
	if d.Error != nil && !t.Valid {
		t.Cause = CauseInvalid
		if cause, ok := tokenCauses[int(max(d.Error.Subcode, d.Error.Subcode2))]; ok {
			t.Cause = cause
		}
	} else if !t.Valid {
		t.Cause = CauseInvalid
	}
	var scopes []string
	if json.Unmarshal(d.Scopes, &scopes) == nil && len(scopes) > 0 {
		for _, want := range Scopes {
			if !slices.Contains(scopes, want) {
				t.Missing = append(t.Missing, want)
			}
		}
	}
	for _, target := range d.Targets {
		var ids []text
		if json.Unmarshal(target.IDs, &ids) == nil && len(ids) > 0 && target.Scope == "pages_read_engagement" && !slices.Contains(ids, text(h.PageID)) {
			t.OtherIDs = true
		}
	}
	return nil
}

func unix(n number) time.Time {
	if n <= 0 {
		return time.Time{}
	}
	return sane(time.Unix(int64(n), 0))
}
