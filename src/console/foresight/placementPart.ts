import { plainText } from '../../base/text.ts';
import type {
  ConsideredRule,
  JudgedNode,
  PlacementExplanation,
} from '../../contract/model/placementExplanation.ts';
import type { Fact } from '../../contract/panels.ts';
import type { PlacementPart } from '../../contract/placementPanel.ts';
import type { StateView } from '../../contract/stateView.ts';
import type { ClusterPicture } from '../../ha/foresight/clusterPicture.ts';
import { explainPlacement } from '../../ha/foresight/explainPlacement.ts';
import { schedulerWords } from '../haCards.ts';
import { notToldState, stateView } from '../states.ts';

/** Why an HA resource is where it is, in words. */
export function placementPart(picture: ClusterPicture, sid: string): PlacementPart {
  const told = explainPlacement(picture, sid);
  return {
    answer: sentence(told.answer),
    movement: movementState(told),
    outlook: told.outlook.map(sentence),
    facts: factsOf(told),
    rules: told.rules.map((rule) => ({
      name: `${rule.kind === 'group' ? 'group' : 'rule'} ${plainText(rule.name, 60)}`,
      state: effectState(rule),
      text: sentence(rule.text),
    })),
    nodes: told.nodes.map((node) => ({
      node: plainText(node.node, 60),
      state: nodeVerdict(node),
      priority: priorityText(node),
      resources: node.resources === null ? '' : String(node.resources),
      why: sentence(node.why ?? ''),
    })),
    notes: told.unknowns.map(sentence),
  };
}

function movementState({ movement, isExact }: PlacementExplanation): StateView {
  switch (movement) {
    case 'stays':
      return stateView(
        isExact ? 'stays' : 'stays, as far as known',
        'calm',
        'circle-outline',
        'HA leaves it where it is.',
      );
    case 'moves':
      return stateView('moves', 'busy', 'arrow-swap', 'HA moves it now or in its next round.');
    case 'later':
      return stateView('moves later', 'busy', 'history', 'HA moves it once something happens that is named.');
    case 'unknown':
      return notToldState('Whether HA would move it is not known.');
  }
}

function factsOf({ node, best, scheduler, failback, movement }: PlacementExplanation): Fact[] {
  const now = node === null ? 'not told' : plainText(node, 60);
  const anew =
    best === null
      ? movement === 'unknown' || scheduler !== 'basic'
        ? 'not known'
        : 'no node fits'
      : best === node
        ? `${plainText(best, 60)}, where it is`
        : plainText(best, 60);
  return [
    { label: 'Node now', value: now },
    {
      label: 'If placed anew',
      value: anew,
      hint: 'Where HA would put it if it ran nowhere yet. A running resource is not moved for that alone.',
    },
    { label: 'Nodes compared', value: schedulerWords[scheduler] },
    {
      label: 'Failback',
      value: failback === null ? 'not told' : failback ? 'on' : 'off',
      hint: 'Whether it goes back by itself when a node of higher priority is there again.',
    },
  ];
}

function effectState({ effect }: ConsideredRule): StateView {
  switch (effect) {
    case 'decides':
      return stateView('decides', 'calm', 'law', 'Without it other nodes would do.');
    case 'holds':
      return stateView('no say now', 'off', 'law', 'It is in force, but makes no difference now.');
    case 'ignored':
      return stateView('left out', 'warn', 'circle-slash', 'HA does not weigh it.');
    case 'unknown':
      return notToldState('What it does is not known.');
  }
}

function nodeVerdict({ verdict, isCurrent }: JudgedNode): StateView {
  const here = isCurrent ? ' · here now' : '';
  switch (verdict) {
    case 'candidate':
      return stateView(`would do${here}`, 'calm', 'pass', 'HA may run it there.');
    case 'lower':
      return stateView(
        `second choice${here}`,
        'off',
        'arrow-down',
        'Allowed, but another is better by rule.',
      );
    case 'excluded':
      return stateView(`excluded${here}`, 'off', 'circle-slash', 'HA does not run it there now.');
    case 'unknown':
      return notToldState('Whether it would do is not known.');
  }
}

/** Below zero stands for a node that a rule does not name. */
function priorityText({ priority }: JudgedNode): string {
  return priority === null ? '' : priority < 0 ? 'not named' : String(priority);
}

function sentence(text: string): string {
  return plainText(text, 300);
}
