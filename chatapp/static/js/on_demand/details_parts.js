// What the panel with the details is made of.
import { DetailsHead } from './details_head.js';
import { DetailsMembers } from './details_members.js';
import { DetailsSettings } from './details_settings.js';

export const makeParts = (...about) => [DetailsHead, DetailsMembers, DetailsSettings].map((Part) => new Part(...about));
