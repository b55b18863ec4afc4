package devisa

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
)

// NewRequestID makes a request id for a new write. Keep it until the write is answered.
func NewRequestID() string {
	return uuid.NewString()
}

var amounts = regexp.MustCompile(`^(-?)(\d+)(?:\.(\d{1,9}))?$`)

// Money is an exact amount: Money("USD", "6686.40"). Units and billionths both have the amount's
// sign.
func Money(currency, value string) (*money.Money, error) {
	parts := amounts.FindStringSubmatch(value)
	if parts == nil {
		return nil, fmt.Errorf("%q is no amount of at most nine decimals", value)
	}
	sign, whole, fraction := parts[1], parts[2], parts[3]
	units, err := strconv.ParseInt(sign+whole, 10, 64)
	if err != nil {
		return nil, err
	}
	nanos, err := strconv.ParseInt(sign+fraction+strings.Repeat("0", 9-len(fraction)), 10, 32)
	return &money.Money{CurrencyCode: currency, Units: units, Nanos: int32(nanos)}, err
}

// Amount is the same the other way round, with all digits it has: USD 6686.4.
func Amount(value *money.Money) string {
	sign, units, nanos := "", value.GetUnits(), value.GetNanos()
	if units < 0 || nanos < 0 {
		sign, units, nanos = "-", -units, -nanos
	}
	digits := strings.TrimRight(fmt.Sprintf("%d.%09d", units, nanos), "0")
	return value.GetCurrencyCode() + " " + sign + strings.TrimSuffix(digits, ".")
}

// Date is a business date, which in Devisa is a date in Jakarta.
func Date(year int32, month time.Month, day int32) *date.Date {
	return &date.Date{Year: year, Month: int32(month), Day: day}
}
