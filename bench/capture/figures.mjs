/** From the times of all rounds to the figures that are quoted: of the medians, and of the best rounds. */

const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];
const least = (all) => Math.min(...all);
const round = (value) => Number(value.toPrecision(3));

/**
 * @param {Record<string, number[]>} times nanoseconds a turn, by way
 * @param {Record<string, number[]>} server microseconds a gen_server call, by way
 */
export function figures(times, server, throughput, orders) {
  const lost_by_gaps = throughput.lost_by_gaps + orders.lost_by_gaps;
  const lost_by_count = throughput.lost_by_count + orders.lost_by_count;
  return {
    ...costs(times, server, median),
    sustained_events_per_s: Math.round(throughput.events_per_s),
    sustained_to_the_end_per_s: Math.round(throughput.events_per_s_to_the_end),
    sustained_orders_per_s: Math.round(orders.events_per_s),
    lost: Math.max(lost_by_gaps, lost_by_count),
    lost_by_gaps,
    lost_by_count,
    sustained_events: throughput.made,
    bytes_per_event_on_disk: round(throughput.bytes_per_event),
    best: costs(times, server, least),
  };
}

function costs(times, server, of) {
  const at = (way) => of(times[way]);
  // A turn of these makes two events, a call and a return.
  const event = (way) => (at(way) - at('plain')) / 2;
  const message = (kind, way) => at(`${kind}.${way}`) - at(`${kind}.plain`);
  const all = {
    rewritten_call_ns: event('rewritten'),
    process_tracer_call_ns: event('tracer'),
    call_ratio: event('tracer') / event('rewritten'),
    message_ns: message('message', 'probe'),
    message_floor_ns: message('message', 'floor'),
    process_tracer_message_ns: message('message', 'tracer'),
    message_to_floor: message('message', 'probe') / message('message', 'floor'),
    message_ratio: message('message', 'tracer') / message('message', 'probe'),
    arrival_ns: message('arrival', 'probe'),
    arrival_to_floor: message('arrival', 'probe') / message('arrival', 'floor'),
    arrival_ratio: message('arrival', 'tracer') / message('arrival', 'probe'),
    genserver_call_overhead: of(server.recorded) / of(server.bare),
    large_term_ratio: event('rewritten_map') / event('rewritten'),
    empty_nif_ns: at('empty_nif'),
    off_ns: at('off') - at('plain'),
    level0_ns: at('level0') - at('plain'),
    count_ns: at('count') - at('plain'),
    without_values_ns: event('without_values'),
    line_ns: at('line'),
    value_ns: at('value'),
    tuple_call_ns: event('rewritten_tuple'),
    tuple_call_ratio: event('tracer_tuple') / event('rewritten_tuple'),
    large_map_call_ns: event('rewritten_map'),
    worst_call_ns: event('rewritten_deep'),
    worst_call_ratio: event('tracer_deep') / event('rewritten_deep'),
    small_message_ns: message('message_small', 'probe'),
    small_message_to_floor: message('message_small', 'probe') / message('message_small', 'floor'),
    small_message_ratio: message('message_small', 'tracer') / message('message_small', 'probe'),
    worst_message_ns: message('message_deep', 'probe'),
    worst_message_ratio: message('message_deep', 'tracer') / message('message_deep', 'probe'),
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, round(value)]));
}
