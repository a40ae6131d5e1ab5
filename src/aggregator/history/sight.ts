import type { Cluster, SectionName } from '../../contract/model/cluster.ts';

/** How much of a list can be believed: all rows, some (others could not be read), or none at present. */
export type ListSight = 'whole' | 'partial' | 'none';

/**
 * What a picture may be believed about. A list that could not be read now shows rows of before, and a node without quorum
 * shows HA as it remembers it: neither tells of an event.
 */
export interface Sight {
  /** Whether a majority stands behind the picture; `null` when nobody told. */
  readonly isQuorate: boolean | null;
  readonly nodes: ListSight;
  readonly guests: ListSight;
  readonly services: ListSight;
  readonly rules: ListSight;
  readonly groups: ListSight;
}

/** Lists whose members come and go. */
export type WatchedList = Exclude<keyof Sight, 'isQuorate'>;

export function sightOf(cluster: Cluster): Sight {
  const isQuorate = quorateOf(cluster);
  const of = (...names: readonly SectionName[]): ListSight => {
    const sights = names.map((name) => sectionSight(cluster, name));
    return sights.includes('none') ? 'none' : sights.includes('partial') ? 'partial' : 'whole';
  };
  const ifQuorate = (sight: ListSight): ListSight => (isQuorate === true ? sight : 'none');
  // Before 8.3 a node's HA state comes from the manager status alone.
  const managerFails = cluster.sections.managerStatus.state === 'failed';
  return {
    isQuorate,
    nodes: isQuorate === null || managerFails ? 'none' : of('status', 'resources'),
    guests: ifQuorate(of('resources')),
    // States come from the status rows; only with the configuration does an absent one mean that it is gone.
    services: ifQuorate(withConfiguration(of('haStatus'), of('haResources'))),
    rules: ifQuorate(of('haRules')),
    groups: ifQuorate(of('haGroups')),
  };
}

function withConfiguration(rows: ListSight, configuration: ListSight): ListSight {
  return rows === 'whole' && configuration !== 'whole' ? 'partial' : rows;
}

function quorateOf(cluster: Cluster): boolean | null {
  if (sectionSight(cluster, 'status') === 'none') return null;
  switch (cluster.quorum.state) {
    case 'quorate':
    case 'standalone':
    // Of contradicting nodes the quorate one is shown.
    case 'split':
      return true;
    case 'notQuorate':
      return false;
    default:
      return null;
  }
}

function sectionSight(cluster: Cluster, name: SectionName): ListSight {
  const { state, droppedRows } = cluster.sections[name];
  if (state === 'never' || state === 'failed' || state === 'unknown') return 'none';
  return droppedRows > 0 ? 'partial' : 'whole';
}
